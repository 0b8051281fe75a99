#pragma once
/// The softmax of the queries of one warp, for scores that arrive tile by tile or all at once.

#include "kernels/attention/attention_math.h"
#include "kernels/attention/attention_products.h"

namespace latentrt::kernels {

template <class Warp, class Tile>
class WarpSoftmax {
  /// Each lane holds some columns of these rows: row m, h is row 16m + 8h + group.
  static constexpr int kRows = 2 * Tile::kRowTiles;

 public:
  LATENTRT_DEVICE_INLINE explicit WarpSoftmax(const Warp& warp, float factor) : factor_(factor) {
    warp.each([&](int lane) {
      LATENTRT_UNROLL
      for (auto& row : rows_) row[lane] = {};
    });
  }

  /// Masks columns from `keys` on, which are not keys.
  LATENTRT_DEVICE_INLINE static void mask(const Warp& warp, Scores<Warp, Tile>& scores, int keys) {
    warp.each([&](int lane) {
      LATENTRT_UNROLL
      for (int m = 0; m < Tile::kRowTiles; ++m) {
        LATENTRT_UNROLL
        for (int n = 0; n < Scores<Warp, Tile>::kTiles; ++n) {
          LATENTRT_UNROLL
          for (int i = 0; i < 4; ++i) {
            if (n * kMatrixColumns + 2 * place_of(lane) + i % 2 >= keys)
              scores.at[m][n][lane].c[i] = -INFINITY;
          }
        }
      }
    });
  }

  /// Converts a further tile of scores to weights, and corrects earlier sums if the offset rises.
  LATENTRT_DEVICE_INLINE void weigh_next(const Warp& warp, Scores<Warp, Tile>& scores,
                                         Results<Warp, Tile>& results) {
    LaneFloat top[kRows];
    find_tops(warp, scores, Tile::kKeys, top);
    typename Warp::template Lanes<bool> rises;
    warp.each([&](int lane) {
      rises[lane] = false;
      LATENTRT_UNROLL
      for (int r = 0; r < kRows; ++r)
        rises[lane] = rises[lane] || must_rise(rows_[r][lane], top[r][lane]);
    });
    if (warp.any(rises)) correct(warp, top, results);
    weigh(warp, scores, Tile::kKeys);
  }

  /// Converts the only scores, those of the first `keys` keys, to weights.
  LATENTRT_DEVICE_INLINE void weigh_all(const Warp& warp, Scores<Warp, Tile>& scores, int keys) {
    LaneFloat top[kRows];
    find_tops(warp, scores, keys, top);
    warp.each([&](int lane) {
      LATENTRT_UNROLL
      for (int r = 0; r < kRows; ++r) rows_[r][lane] = {top[r][lane], 0};
    });
    weigh(warp, scores, keys);
  }

  /// Adds the sums of all columns; row() then has the result.
  LATENTRT_DEVICE_INLINE void finish(const Warp& warp) {
    LATENTRT_UNROLL
    for (int r = 0; r < kRows; ++r) {
      LaneFloat sum;
      warp.each([&](int lane) { sum[lane] = rows_[r][lane].sum; });
      warp.group_sum(sum);
      warp.each([&](int lane) { rows_[r][lane].sum = sum[lane]; });
    }
  }

  LATENTRT_DEVICE_INLINE const SoftmaxRow& row(int lane, int m, int h) const {
    return rows_[2 * m + h][lane];
  }

 private:
  using LaneFloat = typename Warp::template Lanes<float>;

  /// The largest s' of each row, of the first `keys` keys rounded up to 8.
  LATENTRT_DEVICE_INLINE void find_tops(const Warp& warp, const Scores<Warp, Tile>& scores,
                                        int keys, LaneFloat (&top)[kRows]) const {
    warp.each([&](int lane) {
      LATENTRT_UNROLL
      for (int r = 0; r < kRows; ++r) top[r][lane] = scores.at[r / 2][0][lane].c[r % 2 * 2];
      LATENTRT_UNROLL
      for (int n = 0; n < Scores<Warp, Tile>::kTiles; ++n) {
        if (n * kMatrixColumns >= keys) continue;
        LATENTRT_UNROLL
        for (int r = 0; r < kRows; ++r) {
          LATENTRT_UNROLL
          for (int j = 0; j < 2; ++j)
            top[r][lane] = std::fmax(top[r][lane], scores.at[r / 2][n][lane].c[r % 2 * 2 + j]);
        }
      }
    });
    LATENTRT_UNROLL
    for (int r = 0; r < kRows; ++r) {
      warp.group_max(top[r]);
      warp.each([&](int lane) { top[r][lane] *= factor_; });
    }
  }

  LATENTRT_DEVICE_INLINE void correct(const Warp& warp, const LaneFloat (&top)[kRows],
                                      Results<Warp, Tile>& results) {
    warp.each([&](int lane) {
      LATENTRT_UNROLL
      for (int r = 0; r < kRows; ++r) {
        SoftmaxRow& row = rows_[r][lane];
        const bool rises = must_rise(row, top[r][lane]);
        const float factor = rises ? Warp::exp2(row.offset - top[r][lane]) : 1.0F;
        if (rises) row.offset = top[r][lane];
        row.sum *= factor;
        LATENTRT_UNROLL
        for (auto& tile : results.at[r / 2]) {
          LATENTRT_UNROLL
          for (int j = 0; j < 2; ++j) tile[lane].c[r % 2 * 2 + j] *= factor;
        }
      }
    });
  }

  LATENTRT_DEVICE_INLINE void weigh(const Warp& warp, Scores<Warp, Tile>& scores, int keys) {
    warp.each([&](int lane) {
      LATENTRT_UNROLL
      for (int n = 0; n < Scores<Warp, Tile>::kTiles; ++n) {
        if (n * kMatrixColumns >= keys) continue;
        LATENTRT_UNROLL
        for (int r = 0; r < kRows; ++r) {
          SoftmaxRow& row = rows_[r][lane];
          LATENTRT_UNROLL
          for (int j = 0; j < 2; ++j) {
            float& score = scores.at[r / 2][n][lane].c[r % 2 * 2 + j];
            score = Warp::exp2(std::fma(score, factor_, -subtrahend(row.offset)));
            row.sum += score;
          }
        }
      }
    });
  }

  typename Warp::template Lanes<SoftmaxRow> rows_[kRows];
  float factor_;
};

}  // namespace latentrt::kernels
