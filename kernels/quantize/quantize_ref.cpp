#include <algorithm>
#include <cmath>

#include "kernels/common/element.h"
#include "kernels/quantize/quantize.h"

namespace latentrt::kernels {

void largest_ref(const LargestArgs& args) {
  check(args);
  with_element(args.dtype, [&](auto element) {
    const auto* src = static_cast<const decltype(element)*>(args.src);
    for (std::int64_t row = 0; row < args.rows; ++row) {
      float largest = 0;
      for (std::int64_t i = 0; i < args.size; ++i) {
        const float size = std::abs(to_float(src[row * args.size + i]));
        if (!(size <= largest)) largest = size;
        if (std::isnan(size)) break;
      }
      args.largest[row] = largest;
    }
  });
}

void quantize_ref(const QuantizeArgs& args) {
  check(args);
  with_element(args.dtype, [&](auto element) {
    const auto* src = static_cast<const decltype(element)*>(args.src);
    const std::int64_t across = patches_along(args.width, args);
    const std::int64_t of_picture = across * patches_along(args.height, args);
    std::uint8_t* dst = args.dst;
    for (std::int64_t patch = args.first; patch < args.first + args.count; ++patch) {
      const std::int64_t picture = patch / of_picture, place = patch % of_picture;
      const std::int64_t top = place / across * args.stride - args.padding;
      const std::int64_t left = place % across * args.stride - args.padding;
      // An element of the patch, zero outside the picture.
      const auto number = [&](std::int64_t y, std::int64_t x, std::int64_t channel) -> double {
        y += top;
        x += left;
        if (y < 0 || y >= args.height || x < 0 || x >= args.width) return 0;
        return to_float(
            src[((picture * args.height + y) * args.width + x) * args.channels + channel]);
      };
      const auto each = [&](const auto& visit) {
        for (std::int64_t y = 0; y < args.kernel; ++y)
          for (std::int64_t x = 0; x < args.kernel; ++x)
            for (std::int64_t channel = 0; channel < args.channels; ++channel)
              visit(number(y, x, channel));
      };
      double largest = 0;
      each([&](double value) { largest = std::max(largest, std::abs(value)); });
      const double scale = largest / 127;
      each([&](double value) {
        const double whole = scale > 0 ? std::nearbyint(value / scale) : 0;
        *dst++ = static_cast<std::uint8_t>(kZeroPoint + static_cast<int>(whole));
      });
      args.scales[patch - args.first] = static_cast<float>(scale);
    }
  });
}

void rescale_ref(const RescaleArgs& args) {
  check(args);
  with_element(args.dtype, [&](auto element) {
    using T = decltype(element);
    const auto at = [](const void* buffer, std::int64_t i) -> double {
      return buffer ? to_float(static_cast<const T*>(buffer)[i]) : 0;
    };
    for (std::int64_t i = 0; i < args.rows * args.size; ++i) {
      const double value = at(args.products, i) * args.scales[i / args.size] +
                           at(args.bias, i % args.size) + at(args.sum, i);
      static_cast<T*>(args.dst)[i] = from_float<T>(static_cast<float>(value));
    }
  });
}

}  // namespace latentrt::kernels
