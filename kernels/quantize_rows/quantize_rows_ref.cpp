#include <algorithm>
#include <cmath>

#include "kernels/quantize_rows/quantize_rows_math.h"

namespace latentrt::kernels {
namespace {

/// The format's value nearest to `value`, which is not too large, ties to even.
std::uint8_t nearest(double value, EightBits format) {
  if (format == EightBits::int8)
    return static_cast<std::uint8_t>(static_cast<std::int8_t>(std::nearbyint(value)));
  // Values of one sign have the order of their codes, and 0x7e is the code of the largest one.
  const double size = std::abs(value);
  const auto at = [](int code) {
    return static_cast<double>(to_float(Float8{static_cast<std::uint8_t>(code)}));
  };
  int code = 0, above = 0x7e;
  while (code + 1 < above) {
    const int middle = (code + above) / 2;
    (at(middle) <= size ? code : above) = middle;
  }
  const double to_below = size - at(code), to_above = at(above) - size;
  if (to_above < to_below || (to_above == to_below && code % 2 == 1)) code = above;
  return static_cast<std::uint8_t>(code | (std::signbit(value) ? 0x80 : 0));
}

/// Largest absolute value; NaN if there is one.
template <class T>
double largest_of(const T* src, std::int64_t size) {
  double largest = 0;
  for (std::int64_t i = 0; i < size; ++i) {
    const double number = std::abs(double{to_float(src[i])});
    if (std::isnan(number)) return number;
    largest = std::max(largest, number);
  }
  return largest;
}

}  // namespace

void quantize_rows_ref(const QuantizeRowsArgs& args) {
  check(args);
  with_element(args.dtype, [&](auto element) {
    const auto* src = static_cast<const decltype(element)*>(args.src);
    auto* dst = static_cast<std::uint8_t*>(args.dst);
    for (std::int64_t row = 0; row < args.rows; ++row, src += args.size, dst += args.size) {
      double largest = largest_of(src, args.size);
      if (largest < double{kSmallestRow}) largest = 0;
      const double scale = largest / double{largest_number(args.format)};
      args.scales[row] = static_cast<float>(scale);
      const bool is_scale = scale > 0 && std::isfinite(scale);
      for (std::int64_t i = 0; i < args.size; ++i)
        dst[i] = nearest(is_scale ? to_float(src[i]) / scale : 0.0, args.format);
    }
  });
}

void rescale_rows_ref(const RescaleRowsArgs& args) {
  check(args);
  with_element(args.dtype, [&](auto element) {
    using T = decltype(element);
    const auto at = [](const void* buffer, std::int64_t i) -> double {
      return buffer ? to_float(static_cast<const T*>(buffer)[i]) : 0;
    };
    for (std::int64_t i = 0; i < args.rows * args.size; ++i) {
      const std::int64_t row = i / args.size, column = i % args.size;
      const double scale = double{args.row_scales[row]} * double{args.column_scales[column]};
      const double value = args.products[i] * scale + at(args.bias, column) + at(args.sum, i);
      static_cast<T*>(args.dst)[i] = from_float<T>(static_cast<float>(value));
    }
  });
}

}  // namespace latentrt::kernels
