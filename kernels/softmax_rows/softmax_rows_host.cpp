#include <algorithm>
#include <cstring>
#include <limits>

#include "kernels/common/element.h"
#include "kernels/common/host_element.h"
#include "kernels/common/vector_pack.h"
#include "kernels/common/vector_versions.h"
#include "kernels/softmax_rows/softmax_rows.h"

namespace latentrt::kernels {
namespace {

constexpr float kLog2e = 1.44269504F;

[[gnu::always_inline]] inline void store_shares(const FloatPack& shares, float* dst) {
  store_pack(shares, dst);
}

/// Rounded, halves up. A NaN may be lost here, because the row's sum is NaN too.
[[gnu::always_inline]] inline void store_shares(const FloatPack& shares, BFloat16* dst) {
  WordPack bits;
  std::memcpy(&bits, &shares, sizeof bits);
  bits = (bits + 0x8000U) >> 16;
  const HalfPack halves = __builtin_convertvector(bits, HalfPack);
  std::memcpy(static_cast<void*>(dst), &halves, sizeof halves);
}

[[gnu::always_inline]] inline float largest_of(const float* scores, std::int64_t packs) {
  FloatPack most;
  load_pack(scores, &most);
  for (std::int64_t i = 1; i < packs; ++i) {
    FloatPack pack;
    load_pack(scores + i * kVectorPack, &pack);
    most = most > pack ? most : pack;
  }
  float largest = most[0];
  for (int lane = 1; lane < kVectorPack; ++lane)
    largest = largest > most[lane] ? largest : most[lane];
  return largest;
}

/// Returns their sum.
template <class T>
[[gnu::always_inline]] inline float shares_of(const float* scores, std::int64_t packs, float scale,
                                              float largest, T* dst) {
  FloatPack sums = {};
  for (std::int64_t i = 0; i < packs; ++i) {
    FloatPack pack;
    load_pack(scores + i * kVectorPack, &pack);
    pack = (pack - largest) * scale;  // in this order the largest becomes zero, however large it is
    raise_two<T>(pack);
    sums += pack;
    store_shares(pack, dst + i * kVectorPack);
  }
  float sum = 0;
  for (int lane = 0; lane < kVectorPack; ++lane) sum += sums[lane];
  return sum;
}

template <class T>
[[gnu::always_inline]] inline void softmax_row(float* scores, std::int64_t count,
                                               std::int64_t stride, float scale, T* dst,
                                               float* inverse) {
  const std::int64_t packs = (count + kVectorPack - 1) / kVectorPack;
  std::fill(scores + count, scores + packs * kVectorPack, -std::numeric_limits<float>::infinity());
  const float sum = shares_of(scores, packs, scale * kLog2e, largest_of(scores, packs), dst);
  std::fill(dst + count, dst + stride, T{});
  *inverse = 1 / sum;
}

template <class T>
[[gnu::always_inline]] inline void scale_row(const float* __restrict src, float factor,
                                             std::int64_t count, T* __restrict dst) {
  for (std::int64_t i = 0; i < count; ++i) dst[i] = from_float<T>(src[i] * factor);
}

LATENTRT_VECTOR_VERSIONS(one_softmax,
                         (float* scores, std::int64_t count, std::int64_t stride, float scale,
                          T* dst, float* inverse),
                         softmax_row(scores, count, stride, scale, dst, inverse))
LATENTRT_VECTOR_VERSIONS(one_scaled, (const float* src, float factor, std::int64_t count, T* dst),
                         scale_row(src, factor, count, dst))

}  // namespace

void softmax_rows_host(const SoftmaxRowsArgs& args) {
  check(args);
  with_host_element(args.dtype, [&](auto element) {
    using T = decltype(element);
    for (std::int64_t r = 0; r < args.rows; ++r)
      one_softmax<T>(args.scores + r * args.stride, args.count, args.stride, args.scale,
                     static_cast<T*>(args.dst) + r * args.stride, args.inverse + r);
  });
}

void scale_rows_host(const ScaleRowsArgs& args) {
  check(args);
  with_host_element(args.dtype, [&](auto element) {
    using T = decltype(element);
    for (std::int64_t r = 0; r < args.rows; ++r)
      one_scaled<T>(args.src + r * args.count, args.factors[r], args.count,
                    static_cast<T*>(args.dst) + r * args.stride);
  });
}

}  // namespace latentrt::kernels
