#pragma once
/// The two products of attention for the queries of one warp: scores = q k^T, and results +=
/// weights v. Operands come from shared memory or registers, and the sums are Sums in registers,
/// for both implementations: tensor cores for 16-bit types, plain fp32 otherwise.

#include <type_traits>

#include "kernels/attention/attention_plan.h"
#include "kernels/common/element.h"

namespace latentrt::kernels {

/// Sums of a warp: [its tiles of 16 queries][tiles of 8 columns]. Columns are keys for scores,
/// elements for results.
template <class Warp, class Tile, int kColumns>
struct WarpSums {
  static constexpr int kTiles = kColumns / kMatrixColumns;
  typename Warp::template Lanes<Sums> at[Tile::kRowTiles][kTiles];
};

template <class Warp, class Tile>
using Scores = WarpSums<Warp, Tile, Tile::kKeys>;
template <class Warp, class Tile>
using Results = WarpSums<Warp, Tile, Tile::kHead>;

template <class Warp, class AnySums>
LATENTRT_DEVICE_INLINE void set_to_zero(const Warp& warp, AnySums& sums) {
  warp.each([&](int lane) {
    LATENTRT_UNROLL
    for (auto& row : sums.at) {
      LATENTRT_UNROLL
      for (auto& tile : row) tile[lane] = {};
    }
  });
}

/// Products on tensor cores.
template <class Warp, class Tile>
class TensorProducts {
  static_assert(Tile::kKeys % kMatrixRows == 0);
  using T = typename Tile::Element;
  template <int kCount>
  using LaneWords = typename Warp::template Lanes<Words<kCount>>;

 public:
  /// q: this warp's queries, not used afterwards.
  LATENTRT_DEVICE_INLINE void take_queries(const Warp& warp, const unsigned char* q) {
    LATENTRT_UNROLL
    for (int m = 0; m < Tile::kRowTiles; ++m) {
      LATENTRT_UNROLL
      for (int step = 0; step < kSteps; ++step) {
        warp.load_matrices(q_[m][step], [&](int lane) {
          const int row = m * kMatrixRows + lane % kMatrixRows;
          return q + row * Tile::kKStride + (2 * step + lane / kMatrixRows) * kPackBytes;
        });
      }
    }
  }

  /// For the first `keys` keys, a multiple of 16.
  LATENTRT_DEVICE_INLINE void find_scores(const Warp& warp, Scores<Warp, Tile>& scores,
                                          const unsigned char* k, int keys) const {
    set_to_zero(warp, scores);
    LATENTRT_UNROLL
    for (int pair = 0; pair < Tile::kKeys / kMatrixRows; ++pair) {
      if (pair * kMatrixRows >= keys) continue;
      LATENTRT_UNROLL
      for (int step = 0; step < kSteps; ++step) {
        LaneWords<4> b;
        warp.load_matrices(b, [&](int lane) {
          const int key = pair * kMatrixRows + lane / kMatrixRows * kMatrixColumns + lane % 8;
          return k + key * Tile::kKStride + (2 * step + lane / 8 % 2) * kPackBytes;
        });
        LATENTRT_UNROLL
        for (int m = 0; m < Tile::kRowTiles; ++m) {
          warp.template multiply_add<T, 0>(scores.at[m][2 * pair], q_[m][step], b);
          warp.template multiply_add<T, 2>(scores.at[m][2 * pair + 1], q_[m][step], b);
        }
      }
    }
  }

  /// With the weights of the first `keys` keys; `scratch` is not used.
  LATENTRT_DEVICE_INLINE void add_weighted(const Warp& warp, Results<Warp, Tile>& results,
                                           const Scores<Warp, Tile>& weights,
                                           const unsigned char* v, int keys,
                                           unsigned char* /*scratch*/) const {
    constexpr int kColumnTiles = Tile::kHead / kMatrixColumns;
    LATENTRT_UNROLL
    for (int pair = 0; pair < Tile::kKeys / kMatrixRows; ++pair) {
      if (pair * kMatrixRows >= keys) continue;
      LaneWords<4> a[Tile::kRowTiles];
      LATENTRT_UNROLL
      for (int m = 0; m < Tile::kRowTiles; ++m)
        take_weights(warp, a[m], weights.at[m][2 * pair], weights.at[m][2 * pair + 1]);
      const auto row = [&](int lane, int column) {
        const int key = pair * kMatrixRows + lane % kMatrixRows;
        return v + key * Tile::kVStride + column * kPackBytes;
      };
      LATENTRT_UNROLL
      for (int n = 0; n + 1 < kColumnTiles; n += 2) {
        LaneWords<4> b;
        warp.load_transposed(b, [&](int lane) { return row(lane, n + lane / kMatrixRows); });
        LATENTRT_UNROLL
        for (int m = 0; m < Tile::kRowTiles; ++m) {
          warp.template multiply_add<T, 0>(results.at[m][n], a[m], b);
          warp.template multiply_add<T, 2>(results.at[m][n + 1], a[m], b);
        }
      }
      if constexpr (kColumnTiles % 2 == 1) {
        LaneWords<2> b;
        warp.load_transposed(b, [&](int lane) { return row(lane, kColumnTiles - 1); });
        LATENTRT_UNROLL
        for (int m = 0; m < Tile::kRowTiles; ++m)
          warp.template multiply_add<T, 0>(results.at[m][kColumnTiles - 1], a[m], b);
      }
    }
  }

 private:
  static constexpr int kSteps = Tile::kKPacks / 2;  ///< of 16 elements

  /// Sums of two tiles of columns are, in the layout of the lanes, the words of one 16 x 16 matrix.
  LATENTRT_DEVICE_INLINE static void take_weights(
      const Warp& warp, LaneWords<4>& to, const typename Warp::template Lanes<Sums>& left,
      const typename Warp::template Lanes<Sums>& right) {
    warp.each([&](int lane) {
      const float *l = left[lane].c, *r = right[lane].c;
      to[lane] = {{word_of(Warp::template pair<T>(l[0], l[1])),
                   word_of(Warp::template pair<T>(l[2], l[3])),
                   word_of(Warp::template pair<T>(r[0], r[1])),
                   word_of(Warp::template pair<T>(r[2], r[3]))}};
    });
  }

  LaneWords<4> q_[Tile::kRowTiles][kSteps];
};

/// Products in fp32: each lane computes the sums that it holds.
template <class Warp, class Tile>
class PlainProducts {
  static constexpr int kWidth = kPackBytes / static_cast<int>(sizeof(float));
  using Four = Pack<float, kWidth>;
  using Two = Pack<float, 2>;

 public:
  /// q: this warp's queries, which must stay valid.
  LATENTRT_DEVICE_INLINE void take_queries(const Warp& /*warp*/, const unsigned char* q) { q_ = q; }

  LATENTRT_DEVICE_INLINE void find_scores(const Warp& warp, Scores<Warp, Tile>& scores,
                                          const unsigned char* k, int /*keys*/) const {
    set_to_zero(warp, scores);
    warp.each([&](int lane) {
      LATENTRT_KEEP_LOOP
      for (int pack = 0; pack < Tile::kKPacks; ++pack) {
        LATENTRT_UNROLL
        for (int m = 0; m < Tile::kRowTiles; ++m) {
          Four q[2];
          LATENTRT_UNROLL
          for (int h = 0; h < 2; ++h) q[h] = at<Four>(q_, row_of(lane, m, h), Tile::kKStride, pack);
          LATENTRT_UNROLL
          for (int n = 0; n < Scores<Warp, Tile>::kTiles; ++n) {
            LATENTRT_UNROLL
            for (int j = 0; j < 2; ++j) {
              const int key = n * kMatrixColumns + 2 * place_of(lane) + j;
              const Four own = at<Four>(k, key, Tile::kKStride, pack);
              LATENTRT_UNROLL
              for (int h = 0; h < 2; ++h) {
                float& sum = scores.at[m][n][lane].c[2 * h + j];
                LATENTRT_UNROLL
                for (int i = 0; i < kWidth; ++i) sum += q[h].values[i] * own.values[i];
              }
            }
          }
        }
      }
    });
  }

  /// The weights are passed through `scratch`, which belongs to this warp.
  LATENTRT_DEVICE_INLINE void add_weighted(const Warp& warp, Results<Warp, Tile>& results,
                                           const Scores<Warp, Tile>& weights,
                                           const unsigned char* v, int /*keys*/,
                                           unsigned char* scratch) const {
    store_weights(warp, weights, scratch);
    warp.each([&](int lane) {
      LATENTRT_UNROLL
      for (int m = 0; m < Tile::kRowTiles; ++m) {
        LATENTRT_KEEP_LOOP
        for (int pack = 0; pack < Tile::kKeys / kWidth; ++pack) {
          Four w[2];
          LATENTRT_UNROLL
          for (int h = 0; h < 2; ++h)
            w[h] = at<Four>(scratch, row_of(lane, m, h), Tile::kWeightStride, pack);
          LATENTRT_UNROLL
          for (int i = 0; i < kWidth; ++i) {
            LATENTRT_UNROLL
            for (int n = 0; n < Results<Warp, Tile>::kTiles; ++n) {
              const Two own = *reinterpret_cast<const Two*>(
                  v + (pack * kWidth + i) * Tile::kVStride +
                  (n * kMatrixColumns + 2 * place_of(lane)) * static_cast<int>(sizeof(float)));
              LATENTRT_UNROLL
              for (int h = 0; h < 2; ++h) {
                LATENTRT_UNROLL
                for (int j = 0; j < 2; ++j)
                  results.at[m][n][lane].c[2 * h + j] += w[h].values[i] * own.values[j];
              }
            }
          }
        }
      }
    });
    warp.sync();
  }

 private:
  template <class Read>
  LATENTRT_DEVICE_INLINE static Read at(const unsigned char* rows, int row, int stride, int pack) {
    return *reinterpret_cast<const Read*>(rows + row * stride + pack * kPackBytes);
  }
  LATENTRT_DEVICE_INLINE static int row_of(int lane, int m, int h) {
    return m * kMatrixRows + h * kMatrixColumns + group_of(lane);
  }

  LATENTRT_DEVICE_INLINE static void store_weights(const Warp& warp,
                                                   const Scores<Warp, Tile>& weights,
                                                   unsigned char* scratch) {
    warp.each([&](int lane) {
      LATENTRT_UNROLL
      for (int m = 0; m < Tile::kRowTiles; ++m) {
        LATENTRT_UNROLL
        for (int n = 0; n < Scores<Warp, Tile>::kTiles; ++n) {
          const float* c = weights.at[m][n][lane].c;
          LATENTRT_UNROLL
          for (int h = 0; h < 2; ++h) {
            *reinterpret_cast<Two*>(scratch + row_of(lane, m, h) * Tile::kWeightStride +
                                    (n * kMatrixColumns + 2 * place_of(lane)) *
                                        static_cast<int>(sizeof(float))) = {c[2 * h], c[2 * h + 1]};
          }
        }
      }
    });
    warp.sync();
  }

  const unsigned char* q_ = nullptr;
};

template <class Warp, class Tile>
using Products =
    std::conditional_t<Tile::kTensorCores, TensorProducts<Warp, Tile>, PlainProducts<Warp, Tile>>;

}  // namespace latentrt::kernels
