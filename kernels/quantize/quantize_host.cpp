#include <algorithm>

#include "kernels/common/element.h"
#include "kernels/common/host_element.h"
#include "kernels/common/vector_math.h"
#include "kernels/common/vector_versions.h"
#include "kernels/quantize/quantize.h"

namespace latentrt::kernels {
namespace {

/// Approximate number of values in a part: enough work for a thread.
constexpr std::int64_t kPart = 32768;

constexpr float kSteps = 127;  ///< on each side of zero
/// Rows whose largest absolute value is below this are zero: its inverse would not be finite.
constexpr float kSmallest = 0x1p-100F;

/// Compares absolute values as integers, which have the same order, with NaN last.
template <class T>
[[gnu::always_inline]] inline void largest_of(const T* __restrict src, std::int64_t size,
                                              float* largest) {
  std::uint32_t most = 0;
  for (std::int64_t i = 0; i < size; ++i) {
    const std::uint32_t bits = bits_of(to_float(src[i])) & 0x7fffffffU;
    most = bits > most ? bits : most;
  }
  *largest = float_from_bits(most);
}

template <class T>
[[gnu::always_inline]] inline void quantize_run(const T* __restrict src, std::int64_t size,
                                                float inverse, std::uint8_t* __restrict dst) {
  // Adding 1.5 * 2^23 rounds to integers, which are then in the lowest bits.
  constexpr float kRound = 12582912.0F + kZeroPoint;
  for (std::int64_t i = 0; i < size; ++i)
    dst[i] = static_cast<std::uint8_t>(bits_of(to_float(src[i]) * inverse + kRound));
}

template <class T, class Shift>
[[gnu::always_inline]] inline void rescale_run(const T* __restrict products, float scale,
                                               T* __restrict dst, std::int64_t size,
                                               const Shift& shift) {
  for (std::int64_t i = 0; i < size; ++i)
    dst[i] = from_float<T>(to_float(products[i]) * scale + shift(i));
}

/// Terms that are null are omitted, decided once for the whole row.
template <class T>
[[gnu::always_inline]] inline void rescale_row(const T* products, float scale,
                                               const T* __restrict bias, const T* __restrict sum,
                                               T* dst, std::int64_t size) {
  if (bias && sum) {
    rescale_run(
        products, scale, dst, size, [=](std::int64_t i) __attribute__((always_inline)) {
          return to_float(bias[i]) + to_float(sum[i]);
        });
  } else if (bias || sum) {
    const T* __restrict const one = bias ? bias : sum;
    rescale_run(
        products, scale, dst,
        size, [=](std::int64_t i) __attribute__((always_inline)) { return to_float(one[i]); });
  } else {
    rescale_run(
        products, scale, dst, size,
        [](std::int64_t) __attribute__((always_inline)) { return 0.0F; });
  }
}

LATENTRT_VECTOR_VERSIONS(one_largest, (const T* src, std::int64_t size, float* largest),
                         largest_of(src, size, largest))
LATENTRT_VECTOR_VERSIONS(one_run,
                         (const T* src, std::int64_t size, float inverse, std::uint8_t* dst),
                         quantize_run(src, size, inverse, dst))
LATENTRT_VECTOR_VERSIONS(one_rescaled,
                         (const T* products, float scale, const T* bias, const T* sum, T* dst,
                          std::int64_t size),
                         rescale_row(products, scale, bias, sum, dst, size))

/// Rows of `size` values, several per part.
template <class Work>
void for_rows(std::int64_t rows, std::int64_t size, const ParallelFor& parallel_for,
              const Work& work) {
  const std::int64_t rows_of_part =
      std::max<std::int64_t>(1, kPart / std::max<std::int64_t>(1, size));
  parallel_for((rows + rows_of_part - 1) / rows_of_part, [&](std::int64_t begin, std::int64_t end) {
    const std::int64_t last = std::min(end * rows_of_part, rows);
    for (std::int64_t row = begin * rows_of_part; row < last; ++row) work(row);
  });
}

/// One patch: the part of it inside the picture consists of runs of pixels, one per line.
struct Patch {
  std::int64_t top, left;              ///< in the picture; may be outside
  std::int64_t first_line, last_line;  ///< of the kernel, inside the picture
  std::int64_t first_pixel, last_pixel;
  std::int64_t picture;

  Patch(const QuantizeArgs& args, std::int64_t index) {
    const std::int64_t across = patches_along(args.width, args);
    const std::int64_t down = patches_along(args.height, args);
    picture = index / (across * down);
    top = index / across % down * args.stride - args.padding;
    left = index % across * args.stride - args.padding;
    first_line = std::clamp<std::int64_t>(-top, 0, args.kernel);
    last_line = std::clamp<std::int64_t>(args.height - top, first_line, args.kernel);
    first_pixel = std::clamp<std::int64_t>(-left, 0, args.kernel);
    last_pixel = std::clamp<std::int64_t>(args.width - left, first_pixel, args.kernel);
  }
  /// Index of the first pixel of a line that is inside the picture.
  std::int64_t pixel(const QuantizeArgs& args, std::int64_t line) const {
    return (picture * args.height + top + line) * args.width + left + first_pixel;
  }
  std::int64_t pixels() const { return last_pixel - first_pixel; }
};

float largest_of_patch(const QuantizeArgs& args, const Patch& patch) {
  std::uint32_t most = 0;
  for (std::int64_t line = patch.first_line; line < patch.last_line; ++line) {
    const float* const largest = args.largest + patch.pixel(args, line);
    for (std::int64_t i = 0; i < patch.pixels(); ++i) most = std::max(most, bits_of(largest[i]));
  }
  return float_from_bits(most);
}

template <class T>
void quantize_patch(const QuantizeArgs& args, const Patch& patch, float inverse,
                    std::uint8_t* dst) {
  const auto* const src = static_cast<const T*>(args.src);
  const std::int64_t line_size = args.kernel * args.channels;
  if (patch.last_line - patch.first_line < args.kernel || patch.pixels() < args.kernel)
    std::fill_n(dst, args.kernel * line_size, std::uint8_t{kZeroPoint});
  for (std::int64_t line = patch.first_line; line < patch.last_line; ++line)
    one_run<T>(src + patch.pixel(args, line) * args.channels, patch.pixels() * args.channels,
               inverse, dst + line * line_size + patch.first_pixel * args.channels);
}

}  // namespace

void largest_host(const LargestArgs& args, const ParallelFor& parallel_for) {
  check(args);
  with_host_element(args.dtype, [&](auto element) {
    using T = decltype(element);
    for_rows(args.rows, args.size, parallel_for, [&](std::int64_t row) {
      one_largest<T>(static_cast<const T*>(args.src) + row * args.size, args.size,
                     args.largest + row);
    });
  });
}

void quantize_host(const QuantizeArgs& args, const ParallelFor& parallel_for) {
  check(args);
  const std::int64_t size = args.kernel * args.kernel * args.channels;
  with_host_element(args.dtype, [&](auto element) {
    for_rows(args.count, size, parallel_for, [&](std::int64_t row) {
      const Patch patch(args, args.first + row);
      const float largest = largest_of_patch(args, patch);
      const bool zero = largest < kSmallest;
      args.scales[row] = zero ? 0.0F : largest / kSteps;
      quantize_patch<decltype(element)>(args, patch, zero ? 0.0F : kSteps / largest,
                                        args.dst + row * size);
    });
  });
}

void rescale_host(const RescaleArgs& args, const ParallelFor& parallel_for) {
  check(args);
  with_host_element(args.dtype, [&](auto element) {
    using T = decltype(element);
    const auto row_of = [&](const void* buffer, std::int64_t row) {
      return buffer ? static_cast<const T*>(buffer) + row * args.size : nullptr;
    };
    for_rows(args.rows, args.size, parallel_for, [&](std::int64_t row) {
      one_rescaled<T>(row_of(args.products, row), args.scales[row],
                      static_cast<const T*>(args.bias), row_of(args.sum, row),
                      static_cast<T*>(args.dst) + row * args.size, args.size);
    });
  });
}

}  // namespace latentrt::kernels
