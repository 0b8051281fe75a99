#include <algorithm>

#include "base/fail.hpp"
#include "kernels/geglu.h"
#include "kernels/vector_math.h"
#include "kernels/vector_versions.h"

namespace latentrt::kernels {
namespace {

/// Elements of dst in a part, about: enough for a thread's while.
constexpr std::int64_t kPart = 16384;

template <class T>
[[gnu::always_inline]] inline void geglu_row(const T* __restrict src, T* __restrict dst,
                                             std::int64_t size) {
  const T* const gates = src + size;
  for (std::int64_t i = 0; i < size; ++i) {
    const float gate = to_float(gates[i]);
    const float share = 0.5F * (1.0F + erf_of(gate * 0.70710678F));
    dst[i] = from_float<T>(to_float(src[i]) * (gate * share));
  }
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
  if (args.dtype == DType::fp16) fail(Code::invalid_argument, "geglu: fp16 on the host");
  if (args.rows == 0 || args.size == 0) return;
  if (args.dtype == DType::bf16) {
    run<BFloat16>(args, parallel_for);
  } else {
    run<float>(args, parallel_for);
  }
}

}  // namespace latentrt::kernels
