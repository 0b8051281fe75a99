#include <cmath>

#include "kernels/common/element.h"
#include "kernels/group_norm/group_norm.h"

namespace latentrt::kernels {
namespace {

template <class T>
class Reference {
 public:
  explicit Reference(const GroupNormArgs& args) : a_(args) {}

  void run() const {
    for (std::int64_t row = 0; row < a_.rows; ++row)
      for (std::int64_t group = 0; group < a_.groups; ++group) normalise(row, group);
  }

 private:
  double value(const void* data, std::int64_t i) const {
    return data == nullptr ? 0 : to_float(static_cast<const T*>(data)[i]);
  }

  /// Calls visit(offset in x, channel) for each element of a group.
  template <class Visit>
  void each(std::int64_t row, std::int64_t group, Visit&& visit) const {
    const std::int64_t width = a_.channels / a_.groups;
    for (std::int64_t pixel = 0; pixel < a_.pixels; ++pixel)
      for (std::int64_t c = group * width; c < (group + 1) * width; ++c)
        visit((row * a_.pixels + pixel) * a_.channels + c, c);
  }

  void normalise(std::int64_t row, std::int64_t group) const {
    const double count = static_cast<double>(a_.pixels * a_.channels / a_.groups);
    const auto z = [&](std::int64_t i, std::int64_t c) {
      return value(a_.x, i) + value(a_.add, row * a_.channels + c);
    };
    double mean = 0, squares = 0;
    each(row, group, [&](std::int64_t i, std::int64_t c) { mean += z(i, c) / count; });
    each(row, group, [&](std::int64_t i, std::int64_t c) {
      squares += (z(i, c) - mean) * (z(i, c) - mean) / count;
    });
    const double inverse = 1 / std::sqrt(squares + a_.eps);
    each(row, group, [&](std::int64_t i, std::int64_t c) {
      const double y = (z(i, c) - mean) * inverse * value(a_.scale, c) + value(a_.shift, c);
      static_cast<T*>(a_.y)[i] =
          from_float<T>(static_cast<float>(a_.silu ? y / (1 + std::exp(-y)) : y));
    });
  }

  const GroupNormArgs& a_;
};

}  // namespace

void group_norm_ref(const GroupNormArgs& args) {
  check(args);
  with_element(args.dtype, [&](auto element) { Reference<decltype(element)>(args).run(); });
}

}  // namespace latentrt::kernels
