#include <algorithm>
#include <cmath>

#include "base/fail.hpp"
#include "kernels/common/element.h"
#include "kernels/common/vector_math.h"
#include "kernels/common/vector_versions.h"
#include "kernels/group_norm/group_norm.h"

namespace latentrt::kernels {
namespace {

/// Number of elements in a part: small enough for a core's own cache, with enough work for a
/// thread. And the number of its pixels, which are summed sequentially; the sums of parts are added
/// in double.
constexpr std::int64_t kPart = 65536, kPartPixels = 512;

std::int64_t part_pixels(const GroupNormArgs& args) {
  return std::clamp<std::int64_t>(kPart / args.channels, 1, kPartPixels);
}
std::int64_t parts_of_row(const GroupNormArgs& args) {
  return (args.pixels + part_pixels(args) - 1) / part_pixels(args);
}

/// y = (x - center) * factor + offset, by channel. The center is the mean: subtracting it first
/// avoids the loss of digits in the product if the mean is large.
struct Map {
  const float *center, *factor, *offset;
};

/// Sums over pixels of x - first and its square, by channel: deviations from a value near the mean
/// do not lose digits.
template <class T>
[[gnu::always_inline]] inline void sum_pixels(const T* x, const T* first, std::int64_t pixels,
                                              std::int64_t channels, float* sums, float* squares) {
  std::fill_n(sums, channels, 0.0F);
  std::fill_n(squares, channels, 0.0F);
  for (std::int64_t pixel = 0; pixel < pixels; ++pixel, x += channels) {
    for (std::int64_t c = 0; c < channels; ++c) {
      const float deviation = to_float(x[c]) - to_float(first[c]);
      sums[c] += deviation;
      squares[c] += deviation * deviation;
    }
  }
}

template <class T>
[[gnu::always_inline]] inline void scale_pixels(const T* x, T* y, std::int64_t pixels,
                                                std::int64_t channels, const Map& map) {
  const float* const __restrict center = map.center, * const __restrict factor = map.factor, * const __restrict offset = map.offset;
  for (std::int64_t pixel = 0; pixel < pixels; ++pixel, x += channels, y += channels)
    for (std::int64_t c = 0; c < channels; ++c)
      y[c] = from_float<T>((to_float(x[c]) - center[c]) * factor[c] + offset[c]);
}

template <class T>
[[gnu::always_inline]] inline void scale_silu_pixels(const T* x, T* y, std::int64_t pixels,
                                                     std::int64_t channels, const Map& map) {
  const float* const __restrict center = map.center, * const __restrict factor = map.factor, * const __restrict offset = map.offset;
  for (std::int64_t pixel = 0; pixel < pixels; ++pixel, x += channels, y += channels) {
    for (std::int64_t c = 0; c < channels; ++c) {
      const float z = (to_float(x[c]) - center[c]) * factor[c] + offset[c];
      y[c] = from_float<T>(z / (1.0F + exp_of(-z)));
    }
  }
}

LATENTRT_VECTOR_VERSIONS(sum,
                         (const T* x, const T* first, std::int64_t pixels, std::int64_t channels,
                          float* sums, float* squares),
                         sum_pixels(x, first, pixels, channels, sums, squares))
LATENTRT_VECTOR_VERSIONS(scale,
                         (const T* x, T* y, std::int64_t pixels, std::int64_t channels,
                          const Map& map),
                         scale_pixels(x, y, pixels, channels, map))
LATENTRT_VECTOR_VERSIONS(scale_silu,
                         (const T* x, T* y, std::int64_t pixels, std::int64_t channels,
                          const Map& map),
                         scale_silu_pixels(x, y, pixels, channels, map))

/// Workspace: sums and squares of each part [rows, parts, 2, channels], then the map of each row
/// [rows, 3, channels].
template <class T>
class Host {
 public:
  Host(const GroupNormArgs& args, const ParallelFor& parallel_for)
      : a_(args), parallel_for_(parallel_for), parts_(parts_of_row(args)) {}

  void run() const {
    over(a_.rows * parts_, [this](std::int64_t part) { sum_part(part); });
    over(a_.rows, [this](std::int64_t row) { finish_row(row); });
    over(a_.rows * parts_, [this](std::int64_t part) { apply_part(part); });
  }

 private:
  template <class Work>
  void over(std::int64_t count, Work&& work) const {
    parallel_for_(count, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) work(i);
    });
  }

  std::int64_t first_pixel(std::int64_t part) const { return part % parts_ * part_pixels(a_); }
  std::int64_t pixels_in(std::int64_t part) const {
    return std::min(part_pixels(a_), a_.pixels - first_pixel(part));
  }
  std::int64_t offset(std::int64_t part) const {
    return (part / parts_ * a_.pixels + first_pixel(part)) * a_.channels;
  }
  const T* row(std::int64_t row) const {
    return static_cast<const T*>(a_.x) + row * a_.pixels * a_.channels;
  }
  float* sums(std::int64_t part) const { return a_.workspace + 2 * part * a_.channels; }
  float* map_data(std::int64_t row) const { return sums(a_.rows * parts_) + 3 * row * a_.channels; }

  void sum_part(std::int64_t part) const {
    sum<T>(static_cast<const T*>(a_.x) + offset(part), row(part / parts_), pixels_in(part),
           a_.channels, sums(part), sums(part) + a_.channels);
  }

  /// Statistics from the sums of a channel.
  struct Channel {
    double mean, squares;  ///< squares: sum of squared deviations from the mean
  };
  Channel channel(std::int64_t row_number, std::int64_t c) const {
    double total = 0, squares = 0;
    for (std::int64_t part = row_number * parts_; part < (row_number + 1) * parts_; ++part) {
      total += sums(part)[c];
      squares += sums(part)[a_.channels + c];
    }
    const auto count = static_cast<double>(a_.pixels);
    return {to_float(row(row_number)[c]) + added(row_number, c) + total / count,
            std::max(0.0, squares - total * total / count)};
  }
  double added(std::int64_t row_number, std::int64_t c) const {
    const auto* const add = static_cast<const T*>(a_.add);
    return add == nullptr ? 0 : to_float(add[row_number * a_.channels + c]);
  }

  void finish_row(std::int64_t row_number) const {
    const std::int64_t width = a_.channels / a_.groups;
    for (std::int64_t c = 0; c < a_.channels; c += width) finish_group(row_number, c, c + width);
  }

  void finish_group(std::int64_t row_number, std::int64_t begin, std::int64_t end) const {
    const auto pixels = static_cast<double>(a_.pixels), width = static_cast<double>(end - begin);
    double within = 0, between = 0, shifted = 0;
    const double origin = channel(row_number, begin).mean;
    for (std::int64_t c = begin; c < end; ++c) {
      const Channel found = channel(row_number, c);
      const double deviation = found.mean - origin;
      within += found.squares;
      shifted += deviation;
      between += deviation * deviation;
    }
    const double mean = origin + shifted / width;
    between = std::max(0.0, between - shifted * shifted / width);
    const double variance = (within / pixels + between) / width;
    const double inverse = 1 / std::sqrt(variance + a_.eps);
    float* const map = map_data(row_number);
    for (std::int64_t c = begin; c < end; ++c) {
      const double factor = inverse * to_float(static_cast<const T*>(a_.scale)[c]);
      const double center = mean - added(row_number, c);
      map[c] = static_cast<float>(center);
      map[a_.channels + c] = static_cast<float>(factor);
      map[2 * a_.channels + c] = static_cast<float>(to_float(static_cast<const T*>(a_.shift)[c]) +
                                                    (map[c] - center) * factor);
    }
  }

  void apply_part(std::int64_t part) const {
    const float* const data = map_data(part / parts_);
    const Map map{data, data + a_.channels, data + 2 * a_.channels};
    const T* const x = static_cast<const T*>(a_.x) + offset(part);
    T* const y = static_cast<T*>(a_.y) + offset(part);
    (a_.silu ? scale_silu<T> : scale<T>)(x, y, pixels_in(part), a_.channels, map);
  }

  const GroupNormArgs& a_;
  const ParallelFor& parallel_for_;
  const std::int64_t parts_;
};

}  // namespace

std::int64_t group_norm_host_workspace(const GroupNormArgs& args) {
  return args.rows * (2 * parts_of_row(args) + 3) * args.channels;
}

void group_norm_host(const GroupNormArgs& args, const ParallelFor& parallel_for) {
  check(args);
  if (args.dtype == DType::fp16)
    fail(Code::invalid_argument, "group_norm: fp16 is not supported on the host");
  if (args.workspace == nullptr) fail(Code::invalid_argument, "group_norm: workspace is null");
  if (args.dtype == DType::bf16) {
    Host<BFloat16>(args, parallel_for).run();
  } else {
    Host<float>(args, parallel_for).run();
  }
}

}  // namespace latentrt::kernels
