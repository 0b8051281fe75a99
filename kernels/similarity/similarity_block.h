#pragma once
/// The work of blocks of similarity's kernels. It is written against a Block (lane() of lanes()
/// threads, a power of two; part() of parts(), sync()) so that a test can run it with the host's
/// threads.

#include <type_traits>

#include "kernels/common/block_tree.h"
#include "kernels/common/element.h"
#include "kernels/similarity/similarity.h"

namespace latentrt::kernels {

struct SimilaritySums {
  double product = 0, squares = 0;
};

LATENTRT_HOST_DEVICE inline SimilaritySums added(const SimilaritySums& a, const SimilaritySums& b) {
  return {a.product + b.product, a.squares + b.squares};
}

LATENTRT_HOST_DEVICE inline double similarity_of(const SimilaritySums& sums) {
  return sums.squares == 0 ? 1 : 2 * sums.product / sums.squares;
}

/// Threads of a block, a power of two, and number of parts: several elements per thread, up to a
/// few hundred blocks.
inline constexpr int kSimilarityLanes = 256;

inline int similarity_parts(std::int64_t size) {
  constexpr std::int64_t kElements = 16, kMostParts = 2 * 132;
  const std::int64_t parts = size / (kSimilarityLanes * kElements);
  return static_cast<int>(parts < 1 ? 1 : parts > kMostParts ? kMostParts : parts);
}

template <class Block>
LATENTRT_DEVICE SimilaritySums sum_over_lanes(const Block& block, SimilaritySums* shared,
                                              const SimilaritySums& own) {
  const auto add = [](const SimilaritySums& a, const SimilaritySums& b) { return added(a, b); };
  return merged_over_lanes(block, shared, own, add);
}

/// The first launch: stores the sums of a part. Products of two fp32 values are exact in double.
template <class T, int kWidth, class Block>
LATENTRT_DEVICE void similarity_part(const Block& block, SimilaritySums* shared,
                                     const SimilarityArgs& args) {
  SimilaritySums own;
  const std::int64_t stride = std::int64_t{block.parts()} * block.lanes() * kWidth;
  const std::int64_t first = (std::int64_t{block.part()} * block.lanes() + block.lane()) * kWidth;
  for (std::int64_t i = first; i < args.size; i += stride) {
    const auto a = load<double, kWidth>(static_cast<const T*>(args.a) + i);
    const auto b = load<double, kWidth>(static_cast<const T*>(args.b) + i);
    LATENTRT_UNROLL
    for (int k = 0; k < kWidth; ++k) {
      own.product += a.values[k] * b.values[k];
      own.squares += a.values[k] * a.values[k] + b.values[k] * b.values[k];
    }
  }
  const SimilaritySums all = sum_over_lanes(block, shared, own);
  if (block.lane() == 0) reinterpret_cast<SimilaritySums*>(args.workspace)[block.part()] = all;
}

/// The second launch, by one block, over the sums of `parts` parts.
template <class Block>
LATENTRT_DEVICE void similarity_total(const Block& block, SimilaritySums* shared,
                                      const SimilarityArgs& args, int parts) {
  SimilaritySums own;
  for (int i = block.lane(); i < parts; i += block.lanes())
    own = added(own, reinterpret_cast<const SimilaritySums*>(args.workspace)[i]);
  const SimilaritySums all = sum_over_lanes(block, shared, own);
  if (block.lane() == 0) *args.result = similarity_of(all);
}

/// Calls visit(T{}, width), where width is an integral_constant: that of 16 bytes if both buffers
/// allow it, else 1.
template <class Visit>
void with_instance(const SimilarityArgs& args, Visit&& visit) {
  with_element(args.dtype, [&](auto element) {
    constexpr int kWidth = kWidePack<decltype(element)>;
    if (args.size % kWidth == 0 && aligned_to_16(args.a) && aligned_to_16(args.b)) {
      visit(element, std::integral_constant<int, kWidth>{});
    } else {
      visit(element, std::integral_constant<int, 1>{});
    }
  });
}

}  // namespace latentrt::kernels
