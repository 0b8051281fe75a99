#include <algorithm>

#include "base/fail.hpp"
#include "kernels/common/vector_math.h"
#include "kernels/common/vector_pack.h"
#include "kernels/common/vector_versions.h"
#include "kernels/geglu/geglu.h"

namespace latentrt::kernels {
namespace {

/// Approximate number of elements of dst in a part: enough work for a thread.
constexpr std::int64_t kPart = 16384;

/// In fp32, for full precision.
[[gnu::always_inline]] inline void geglu_row(const float* __restrict src, float* __restrict dst,
                                             std::int64_t size) {
  const float* const gates = src + size;
  for (std::int64_t i = 0; i < size; ++i) {
    const float share = 0.5F * (1.0F + erf_of(gates[i] * 0.70710678F));
    dst[i] = src[i] * (gates[i] * share);
  }
}

/// The binary logarithm of the normal distribution's mass below -t, for t up to kFar, beyond which
/// it is negligible. It is a smooth function that one polynomial approximates: the relative error
/// of the mass is 5e-4, that of one minus the mass 1e-6, which is below the resolution of bf16.
constexpr float kFar = 10;

[[gnu::always_inline]] inline void log_mass_below(const FloatPack& t, FloatPack* log) {
  FloatPack p = t * -1.09601034e-6F + 4.51413691e-5F;
  p = p * t - 7.94027964e-4F;
  p = p * t + 7.99248690e-3F;
  p = p * t - 5.30795147e-2F;
  p = p * t - 4.59100914e-1F;
  p = p * t - 1.15109396F;
  *log = p * t - 1.00000140F;
}

/// gate times the mass below it: for a positive gate, the gate minus its product with the mass
/// above.
[[gnu::always_inline]] inline void geglu_pack(const BFloat16* values, const BFloat16* gates,
                                              BFloat16* dst) {
  FloatPack value, gate, share;
  load_pack(values, &value);
  load_pack(gates, &gate);
  const FloatPack size = gate < 0 ? -gate : gate;
  const FloatPack near = size > kFar ? FloatPack{} + kFar : size;
  log_mass_below(near, &share);
  raise_two<BFloat16>(share);
  store_pack(value * (0.5F * gate + 0.5F * size - near * share), dst);
}

[[gnu::always_inline]] inline void geglu_row(const BFloat16* src, BFloat16* dst,
                                             std::int64_t size) {
  const std::int64_t whole = size / kVectorPack * kVectorPack, rest = size - whole;
  for (std::int64_t i = 0; i < whole; i += kVectorPack)
    geglu_pack(src + i, src + size + i, dst + i);
  if (rest == 0) return;
  BFloat16 values[kVectorPack] = {}, gates[kVectorPack] = {}, made[kVectorPack];
  std::copy_n(src + whole, rest, values);
  std::copy_n(src + size + whole, rest, gates);
  geglu_pack(values, gates, made);
  std::copy_n(made, rest, dst + whole);
}

LATENTRT_VECTOR_VERSIONS(one_row, (const T* src, T* dst, std::int64_t size),
                         geglu_row(src, dst, size))

template <class T>
void run(const GegluArgs& args, const ParallelFor& parallel_for) {
  const std::int64_t rows_of_part = std::max<std::int64_t>(1, kPart / args.size);
  parallel_for((args.rows + rows_of_part - 1) / rows_of_part,
               [&](std::int64_t begin, std::int64_t end) {
                 const std::int64_t last = std::min(end * rows_of_part, args.rows);
                 for (std::int64_t row = begin * rows_of_part; row < last; ++row)
                   one_row<T>(static_cast<const T*>(args.src) + 2 * row * args.size,
                              static_cast<T*>(args.dst) + row * args.size, args.size);
               });
}

}  // namespace

void geglu_host(const GegluArgs& args, const ParallelFor& parallel_for) {
  check(args);
  if (args.dtype == DType::fp16)
    fail(Code::invalid_argument, "geglu: fp16 is not supported on the host");
  if (args.rows == 0 || args.size == 0) return;
  if (args.dtype == DType::bf16) {
    run<BFloat16>(args, parallel_for);
  } else {
    run<float>(args, parallel_for);
  }
}

}  // namespace latentrt::kernels
