#pragma once
/// The work of the threads of a row in layer_norm's kernel. It is written against a Block (lane()
/// of lanes() threads, a power of two; row(), sync()) so that a test can run it with the host's
/// threads.

#include <cmath>
#include <type_traits>

#include "kernels/common/block_tree.h"
#include "kernels/common/element.h"
#include "kernels/common/moments.h"
#include "kernels/layer_norm/layer_norm.h"

namespace latentrt::kernels {

template <class T, int kWidth, class Block>
class LayerNormRow {
 public:
  LATENTRT_DEVICE LayerNormRow(const Block& block, const LayerNormArgs& args)
      : block_(block), a_(args), row_(block.row() * args.size) {}

  /// `shared` holds lanes() elements.
  LATENTRT_DEVICE void run(Moments<float, 1>* shared) {
    const auto merge = [](const Moments<float, 1>& a, const Moments<float, 1>& b) {
      return merged(a, b);
    };
    if (a_.sum != nullptr) store_sum();
    const auto all = merged_over_lanes(block_, shared, lane_moments(), merge);
    apply(all.mean[0],
          1 / std::sqrt(all.squared_deviations[0] / all.count + static_cast<float>(a_.eps)));
  }

 private:
  using Numbers = kernels::Numbers<float, kWidth>;

  template <class Visit>
  LATENTRT_DEVICE void each_pack(const Visit& visit) const {
    const std::int64_t stride = std::int64_t{block_.lanes()} * kWidth;
    for (std::int64_t i = std::int64_t{block_.lane()} * kWidth; i < a_.size; i += stride) visit(i);
  }

  LATENTRT_DEVICE static Numbers pack_at(const void* data, std::int64_t index) {
    return load<float, kWidth>(static_cast<const T*>(data) + index);
  }

  LATENTRT_DEVICE Pack<T, kWidth> added(std::int64_t i) const {
    Numbers z = pack_at(a_.x, row_ + i);
    const Numbers more = pack_at(a_.add, row_ + i);
    LATENTRT_UNROLL
    for (int k = 0; k < kWidth; ++k) z.values[k] += more.values[k];
    return packed<T>(z);
  }

  /// z is read from there from now on, although it may have replaced x.
  LATENTRT_DEVICE void store_sum() const {
    each_pack([&](std::int64_t i) {
      const auto z = a_.add == nullptr ? packed<T>(pack_at(a_.x, row_ + i)) : added(i);
      store(static_cast<T*>(a_.sum) + row_ + i, z);
    });
  }

  LATENTRT_DEVICE Numbers z(std::int64_t i) const {
    if (a_.sum != nullptr) return pack_at(a_.sum, row_ + i);
    if (a_.add == nullptr) return pack_at(a_.x, row_ + i);
    const Pack<T, kWidth> sum = added(i);
    return load<float, kWidth>(sum.values);
  }

  /// Of this lane's packs: the mean from deviations from its first element, then squares of
  /// deviations from that mean, so that nothing cancels. Values that are read again are in the
  /// nearest cache.
  LATENTRT_DEVICE Moments<float, 1> lane_moments() const {
    Moments<float, 1> of;
    float first = 0, sum = 0;
    each_pack([&](std::int64_t i) {
      const Numbers pack = z(i);
      if (of.count == 0) first = pack.values[0];
      of.count += kWidth;
      LATENTRT_UNROLL
      for (int k = 0; k < kWidth; ++k) sum += pack.values[k] - first;
    });
    if (of.count == 0) return of;
    of.mean[0] = first + sum / of.count;
    each_pack([&](std::int64_t i) {
      const Numbers pack = z(i);
      LATENTRT_UNROLL
      for (int k = 0; k < kWidth; ++k) {
        const float deviation = pack.values[k] - of.mean[0];
        of.squared_deviations[0] += deviation * deviation;
      }
    });
    return of;
  }

  LATENTRT_DEVICE void apply(float mean, float inverse) const {
    each_pack([&](std::int64_t i) {
      Numbers y = z(i);
      LATENTRT_UNROLL
      for (int k = 0; k < kWidth; ++k) y.values[k] = (y.values[k] - mean) * inverse;
      if (a_.scale != nullptr) {
        const Numbers scale = pack_at(a_.scale, i);
        LATENTRT_UNROLL
        for (int k = 0; k < kWidth; ++k) y.values[k] *= scale.values[k];
      }
      if (a_.shift != nullptr) {
        const Numbers shift = pack_at(a_.shift, i);
        LATENTRT_UNROLL
        for (int k = 0; k < kWidth; ++k) y.values[k] += shift.values[k];
      }
      store(static_cast<T*>(a_.y) + row_ + i, packed<T>(y));
    });
  }

  const Block& block_;
  const LayerNormArgs& a_;
  const std::int64_t row_;
};

/// Calls visit(T{}, width), where width is an integral_constant: that of 16 bytes if every row
/// starts at a multiple of that, else 1.
template <class Visit>
void with_instance(const LayerNormArgs& args, Visit&& visit) {
  with_element(args.dtype, [&](auto element) {
    constexpr int kWidth = kWidePack<decltype(element)>;
    bool fits = args.size % kWidth == 0;
    for (const void* buffer : {args.x, args.add, static_cast<const void*>(args.sum),
                               static_cast<const void*>(args.y), args.scale, args.shift})
      fits = fits && aligned_to_16(buffer);
    if (fits) {
      visit(element, std::integral_constant<int, kWidth>{});
    } else {
      visit(element, std::integral_constant<int, 1>{});
    }
  });
}

}  // namespace latentrt::kernels
