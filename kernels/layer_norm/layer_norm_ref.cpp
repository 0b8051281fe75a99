#include <cmath>
#include <vector>

#include "kernels/common/element.h"
#include "kernels/layer_norm/layer_norm.h"

namespace latentrt::kernels {
namespace {

template <class T>
void normalise(const LayerNormArgs& args, std::int64_t row, std::vector<double>& z) {
  const auto at = [](const void* data, std::int64_t i, double otherwise) {
    return data ? static_cast<double>(to_float(static_cast<const T*>(data)[i])) : otherwise;
  };
  const std::int64_t first = row * args.size;
  const auto count = static_cast<double>(args.size);
  double mean = 0, variance = 0;
  for (std::int64_t i = 0; i < args.size; ++i) {
    const double exact = at(args.x, first + i, 0) + at(args.add, first + i, 0);
    const T stored = from_float<T>(static_cast<float>(exact));
    if (args.sum) static_cast<T*>(args.sum)[first + i] = stored;
    z[static_cast<std::size_t>(i)] = to_float(stored);
    mean += z[static_cast<std::size_t>(i)] / count;
  }
  for (const double value : z) variance += (value - mean) * (value - mean) / count;
  for (std::int64_t i = 0; i < args.size; ++i) {
    const double y = (z[static_cast<std::size_t>(i)] - mean) / std::sqrt(variance + args.eps);
    static_cast<T*>(args.y)[first + i] =
        from_float<T>(static_cast<float>(y * at(args.scale, i, 1) + at(args.shift, i, 0)));
  }
}

}  // namespace

void layer_norm_ref(const LayerNormArgs& args) {
  check(args);
  std::vector<double> z(static_cast<std::size_t>(args.size));
  with_element(args.dtype, [&](auto element) {
    for (std::int64_t row = 0; row < args.rows; ++row) normalise<decltype(element)>(args, row, z);
  });
}

}  // namespace latentrt::kernels
