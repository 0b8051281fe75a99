#pragma once
/// The work of one block of attention's kernels, by one warp at a time. It is written against a
/// Warp (cuda_warp.h) so that a test can run it on the host.

#include "kernels/attention/attention_products.h"
#include "kernels/attention/attention_softmax.h"

namespace latentrt::kernels {

/// Copies vectors to shared memory in packs, with zeros for missing packs and rows.
template <class Warp>
struct RowCopy {
  const unsigned char* source;
  std::int64_t source_stride;  ///< bytes
  int rows, packs;             ///< how many exist
  int first_lane, lanes;  ///< of all lanes that share the work: this warp's first, and their number

  template <int kPacks, int kStride>
  LATENTRT_DEVICE_INLINE void to(const Warp& warp, unsigned char* shared, int shared_rows) const {
    warp.each([&](int lane) {
      LATENTRT_KEEP_LOOP
      for (int i = first_lane + lane; i < shared_rows * kPacks; i += lanes) {
        const int row = i / kPacks, pack = i % kPacks;
        const bool wanted = row < rows && pack < packs;
        const std::int64_t at = wanted ? row * source_stride + pack * kPackBytes : 0;
        warp.copy_pack(shared + row * kStride + pack * kPackBytes, source + at, wanted);
      }
    });
  }
};

/// Location of a head's vectors.
struct HeadRows {
  const unsigned char* data;
  std::int64_t stride;  ///< bytes
};

template <class T>
LATENTRT_DEVICE_INLINE HeadRows head_rows(const void* data, const AttentionStrides& strides,
                                          int batch, int head) {
  const std::int64_t first = batch * strides.batch + head * strides.head;
  return {reinterpret_cast<const unsigned char*>(static_cast<const T*>(data) + first),
          strides.token * static_cast<std::int64_t>(sizeof(T))};
}

/// Iterates over the keys of all segments in tiles, each within one segment.
class KeyTiles {
 public:
  LATENTRT_DEVICE_INLINE KeyTiles(const AttentionArgs& args, int size) : a_(args), size_(size) {}

  LATENTRT_DEVICE_INLINE bool done() const { return segment_ >= a_.segments; }
  LATENTRT_DEVICE_INLINE const AttentionSegment& segment() const { return a_.segment[segment_]; }
  LATENTRT_DEVICE_INLINE int first() const { return first_; }
  LATENTRT_DEVICE_INLINE int keys() const {
    const int left = static_cast<int>(segment().rows) - first_;
    return left < size_ ? left : size_;
  }
  LATENTRT_DEVICE_INLINE void advance() {
    first_ += size_;
    if (first_ < segment().rows) return;
    first_ = 0;
    ++segment_;
  }

 private:
  const AttentionArgs& a_;
  int size_;
  int segment_ = 0, first_ = 0;
};

template <class Tile, class Warp>
class AttentionBlock {
  using T = typename Tile::Element;

 public:
  /// The work on head `head` of all batch rows' heads; `shared` is aligned to 16 bytes.
  LATENTRT_DEVICE_INLINE AttentionBlock(const Warp& warp, const AttentionArgs& args, int head,
                                        unsigned char* shared)
      : warp_(warp),
        a_(args),
        all_heads_(head),
        batch_(head / static_cast<int>(args.heads)),
        head_(head % static_cast<int>(args.heads)),
        packs_(static_cast<int>(args.head_size) * static_cast<int>(sizeof(T)) / kPackBytes),
        shared_(shared) {}

  /// Tile `tile` of the queries, over tiles of keys.
  LATENTRT_DEVICE_INLINE void run(int tile) {
    const int first = tile * Tile::kRows + warp_.index() * Tile::kWarpRows;
    unsigned char* const own =
        shared_ + Tile::kQueries + warp_.index() * Tile::kWarpRows * Tile::kKStride;
    unsigned char* const scratch =
        shared_ + Tile::kWeights + warp_.index() * Tile::kWarpRows * Tile::kWeightStride;
    copy_queries(first, own);
    KeyTiles next(a_, Tile::kKeys);
    for (int stage = 0; stage + 1 < Tile::kStages; ++stage) copy_keys(next, stage);

    Products<Warp, Tile> products;
    WarpSoftmax<Warp, Tile> softmax(warp_, base2_factor(a_.scale));
    Results<Warp, Tile> results;
    set_to_zero(warp_, results);
    warp_.template wait_for_copies<Tile::kStages - 1>();
    warp_.sync();
    products.take_queries(warp_, own);

    int stage = 0;
    for (KeyTiles keys(a_, Tile::kKeys); !keys.done(); keys.advance()) {
      warp_.template wait_for_copies<Tile::kStages - 2>();
      warp_.sync_block();
      copy_keys(next, (stage + Tile::kStages - 1) % Tile::kStages);
      const unsigned char* const k = shared_ + stage * Tile::kStageBytes;
      Scores<Warp, Tile> scores;
      products.find_scores(warp_, scores, k, Tile::kKeys);
      if (keys.keys() < Tile::kKeys) softmax.mask(warp_, scores, keys.keys());
      softmax.weigh_next(warp_, scores, results);
      products.add_weighted(warp_, results, scores, k + Tile::kKeys * Tile::kKStride, Tile::kKeys,
                            scratch);
      stage = (stage + 1) % Tile::kStages;
    }
    // the last stage has been read: it may include the memory of the queries, through which results
    // pass
    warp_.sync_block();
    store(first, softmax, results, own);
  }

  /// Every `parts`-th of the block's tiles of queries from tile `part` on, with all keys at once.
  LATENTRT_DEVICE_INLINE void run_few_keys(int part, int parts) {
    const int keys = copy_all_keys();
    const int padded = padded_keys(keys);
    const unsigned char* const v = shared_ + padded * Tile::kKStride;
    unsigned char* own = shared_ + padded * (Tile::kKStride + Tile::kVStride) +
                         warp_.index() * 2 * Tile::kWarpRows * Tile::kKStride;
    unsigned char* other = own + Tile::kWarpRows * Tile::kKStride;
    const int step = parts * Tile::kRows;
    int first = part * Tile::kRows + warp_.index() * Tile::kWarpRows;
    copy_queries(first, own);
    warp_.template wait_for_copies<1>();
    warp_.sync_block();
    for (; first < a_.queries; first += step) {
      copy_queries(first + step, other);
      warp_.template wait_for_copies<1>();
      warp_.sync();
      Products<Warp, Tile> products;
      products.take_queries(warp_, own);
      WarpSoftmax<Warp, Tile> softmax(warp_, base2_factor(a_.scale));
      Scores<Warp, Tile> scores;
      products.find_scores(warp_, scores, shared_, padded);
      softmax.mask(warp_, scores, keys);
      softmax.weigh_all(warp_, scores, padded);
      Results<Warp, Tile> results;
      set_to_zero(warp_, results);
      products.add_weighted(warp_, results, scores, v, padded, nullptr);
      warp_.sync();  // every lane has its queries in registers, so their memory is free
      store(first, softmax, results, own);
      warp_.sync();  // and free again
      unsigned char* const done = own;
      own = other;
      other = done;
    }
  }

 private:
  /// Copies the queries of this warp from `first` on to its own part of shared memory. Forms a
  /// group of copies, like all functions here.
  LATENTRT_DEVICE_INLINE void copy_queries(int first, unsigned char* own) const {
    const HeadRows q = head_rows<T>(a_.q, a_.q_strides, batch_, head_);
    const int left = static_cast<int>(a_.queries) - first;
    if (left > 0) {
      const int rows = left < Tile::kWarpRows ? left : Tile::kWarpRows;
      const RowCopy<Warp> copy{q.data + first * q.stride, q.stride, rows, packs_, 0, kWarpLanes};
      copy.template to<Tile::kKPacks, Tile::kKStride>(warp_, own, Tile::kWarpRows);
    }
    warp_.commit_copies();
  }

  /// Copies a tile to keys() by all warps, padded with zeros to `rows` rows.
  LATENTRT_DEVICE_INLINE void copy_tile(const KeyTiles& tile, unsigned char* k, unsigned char* v,
                                        int rows) const {
    const AttentionSegment& segment = tile.segment();
    const int first_lane = warp_.index() * kWarpLanes;
    const HeadRows keys = head_rows<T>(segment.k, segment.k_strides, batch_, head_);
    const HeadRows values = head_rows<T>(segment.v, segment.v_strides, batch_, head_);
    const RowCopy<Warp> copy_k{keys.data + tile.first() * keys.stride,
                               keys.stride,
                               tile.keys(),
                               packs_,
                               first_lane,
                               Tile::kThreads};
    const RowCopy<Warp> copy_v{values.data + tile.first() * values.stride,
                               values.stride,
                               tile.keys(),
                               packs_,
                               first_lane,
                               Tile::kThreads};
    copy_k.template to<Tile::kKPacks, Tile::kKStride>(warp_, k, rows);
    copy_v.template to<Tile::kVPacks, Tile::kVStride>(warp_, v, rows);
  }

  /// Copies the next tile of keys, if there is one, to a stage.
  LATENTRT_DEVICE_INLINE void copy_keys(KeyTiles& next, int stage) const {
    if (!next.done()) {
      unsigned char* const k = shared_ + stage * Tile::kStageBytes;
      copy_tile(next, k, k + Tile::kKeys * Tile::kKStride, Tile::kKeys);
      next.advance();
    }
    warp_.commit_copies();
  }

  /// Copies the keys of all segments, with zeros up to a multiple of 16. Returns their number.
  LATENTRT_DEVICE_INLINE int copy_all_keys() const {
    int keys = 0;
    for (int s = 0; s < a_.segments; ++s) keys += static_cast<int>(a_.segment[s].rows);
    const int padded = padded_keys(keys);
    unsigned char *k = shared_, *v = shared_ + padded * Tile::kKStride;
    int left = padded;
    for (KeyTiles tile(a_, Tile::kKeys); !tile.done(); tile.advance()) {
      const bool last = left - tile.keys() == padded - keys;
      const int rows = last ? left : tile.keys();
      copy_tile(tile, k, v, rows);
      k += rows * Tile::kKStride;
      v += rows * Tile::kVStride;
      left -= rows;
    }
    warp_.commit_copies();
    return keys;
  }

  /// Divides the results by the sums of the weights and writes them through this warp's `own`
  /// shared memory to dst.
  LATENTRT_DEVICE_INLINE void store(int first, WarpSoftmax<Warp, Tile>& softmax,
                                    const Results<Warp, Tile>& results, unsigned char* own) const {
    softmax.finish(warp_);
    warp_.each([&](int lane) {
      LATENTRT_UNROLL
      for (int m = 0; m < Tile::kRowTiles; ++m) {
        LATENTRT_UNROLL
        for (int h = 0; h < 2; ++h) {
          const int row = m * kMatrixRows + h * kMatrixColumns + group_of(lane);
          const SoftmaxRow& end = softmax.row(lane, m, h);
          const float inverse = 1 / end.sum;
          LATENTRT_UNROLL
          for (int n = 0; n < Results<Warp, Tile>::kTiles; ++n) {
            const float* c = results.at[m][n][lane].c;
            const int column = n * kMatrixColumns + 2 * place_of(lane);
            *reinterpret_cast<Pack<T, 2>*>(own + row * Tile::kKStride +
                                           column * static_cast<int>(sizeof(T))) =
                Warp::template pair<T>(c[2 * h] * inverse, c[2 * h + 1] * inverse);
          }
          if (a_.lse != nullptr && place_of(lane) == 0 && first + row < a_.queries)
            a_.lse[std::int64_t{all_heads_} * a_.queries + first + row] = log_sum_exp(end);
        }
      }
    });
    warp_.sync();
    const HeadRows dst = head_rows<T>(a_.dst, a_.dst_strides, batch_, head_);
    unsigned char* const to = const_cast<unsigned char*>(dst.data);
    warp_.each([&](int lane) {
      for (int i = lane; i < Tile::kWarpRows * Tile::kVPacks; i += kWarpLanes) {
        const int row = i / Tile::kVPacks, pack = i % Tile::kVPacks;
        if (first + row < a_.queries && pack < packs_) {
          using Bytes = Pack<T, kPackBytes / static_cast<int>(sizeof(T))>;
          *reinterpret_cast<Bytes*>(to + (first + row) * dst.stride + pack * kPackBytes) =
              *reinterpret_cast<const Bytes*>(own + row * Tile::kKStride + pack * kPackBytes);
        }
      }
    });
  }

  const Warp& warp_;
  const AttentionArgs& a_;
  int all_heads_, batch_, head_;
  int packs_;
  unsigned char* shared_;
};

}  // namespace latentrt::kernels
