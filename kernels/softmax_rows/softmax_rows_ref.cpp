#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/common/element.h"
#include "kernels/softmax_rows/softmax_rows.h"

namespace latentrt::kernels {
namespace {

double largest_of(const float* scores, std::int64_t count) {
  double largest = -std::numeric_limits<double>::infinity();
  for (std::int64_t i = 0; i < count; ++i) {
    if (std::isnan(scores[i])) return scores[i];
    largest = std::max(largest, double{scores[i]});
  }
  return largest;
}

}  // namespace

void softmax_rows_ref(const SoftmaxRowsArgs& args) {
  check(args);
  with_element(args.dtype, [&](auto element) {
    using T = decltype(element);
    for (std::int64_t r = 0; r < args.rows; ++r) {
      const float* const scores = args.scores + r * args.stride;
      T* const dst = static_cast<T*>(args.dst) + r * args.stride;
      const double largest = largest_of(scores, args.count);
      double sum = 0;
      for (std::int64_t i = 0; i < args.stride; ++i) {
        const double share = i < args.count ? std::exp(args.scale * (scores[i] - largest)) : 0;
        sum += share;
        dst[i] = from_float<T>(static_cast<float>(share));
      }
      args.inverse[r] = static_cast<float>(1 / sum);
    }
  });
}

void scale_rows_ref(const ScaleRowsArgs& args) {
  check(args);
  with_element(args.dtype, [&](auto element) {
    using T = decltype(element);
    for (std::int64_t r = 0; r < args.rows; ++r) {
      for (std::int64_t i = 0; i < args.count; ++i)
        static_cast<T*>(args.dst)[r * args.stride + i] =
            from_float<T>(args.src[r * args.count + i] * args.factors[r]);
    }
  });
}

}  // namespace latentrt::kernels
