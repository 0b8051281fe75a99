#pragma once
/// The buffers of a group_norm case, filled with seeded values, for the tests and the benchmark.

#include <algorithm>
#include <array>
#include <cstddef>
#include <random>
#include <vector>

#include "kernels/common/element.h"
#include "kernels/group_norm/group_norm.h"
#include "tests/kernels/group_norm_cases.h"

namespace latentrt::kernels {

class GroupNormData {
 public:
  enum Buffer { x, scale, shift, add, y, kBuffers };

  explicit GroupNormData(const GroupNormCase& test_case) : case_(test_case) {
    for (int b = 0; b < kBuffers; ++b)
      bytes_[b].resize(element_size() * static_cast<std::size_t>(elements(b) + case_.misalignment));
    fill(x, case_.mean, case_.deviation);
    fill(scale, 1, 0.3);
    fill(shift, 0, 0.5);
    fill(add, 0, 2);
  }

  const GroupNormCase& test_case() const { return case_; }
  std::vector<std::byte>& bytes(int buffer) { return bytes_[buffer]; }
  int destination() const { return case_.in_place ? x : y; }

  /// The arguments without a workspace, with base(buffer) as the address of each buffer's first
  /// byte.
  template <class Base>
  GroupNormArgs args(Base&& base) const {
    const auto at = [&](int b) { return base(b) + offset(); };
    return {.dtype = case_.dtype,
            .x = at(x),
            .y = at(destination()),
            .scale = at(scale),
            .shift = at(shift),
            .add = case_.add ? at(add) : nullptr,
            .workspace = nullptr,
            .rows = case_.rows,
            .pixels = case_.pixels,
            .channels = case_.channels,
            .groups = case_.groups,
            .eps = case_.eps,
            .silu = case_.silu};
  }
  GroupNormArgs host_args() {
    return args([&](int b) { return bytes_[b].data(); });
  }

  std::vector<double> values(int buffer) const {
    std::vector<double> values(static_cast<std::size_t>(elements(buffer)));
    with_element(case_.dtype, [&](auto element) {
      const auto* source =
          reinterpret_cast<const decltype(element)*>(bytes_[buffer].data() + offset());
      for (double& value : values) value = to_float(*source++);
    });
    return values;
  }

  void set(int buffer, std::int64_t index, double value) {
    with_element(case_.dtype, [&](auto element) {
      using T = decltype(element);
      reinterpret_cast<T*>(bytes_[buffer].data() + offset())[index] =
          from_float<T>(static_cast<float>(value));
    });
  }

  /// Bytes that any implementation must read and write.
  std::size_t traffic() const { return 2 * element_size() * static_cast<std::size_t>(elements(x)); }

 private:
  std::size_t element_size() const {
    return with_element(case_.dtype, [](auto element) { return sizeof element; });
  }
  std::size_t offset() const {
    return element_size() * static_cast<std::size_t>(case_.misalignment);
  }
  std::int64_t elements(int b) const {
    const std::array<std::int64_t, kBuffers> counts{
        case_.rows * case_.pixels * case_.channels, case_.channels, case_.channels,
        case_.rows * case_.channels, case_.rows * case_.pixels * case_.channels};
    return counts[static_cast<std::size_t>(b)];
  }

  /// Rows and channels have different means, so that statistics of the wrong ones are noticed.
  void fill(int b, double mean, double deviation) {
    constexpr double kMost = 3e4;
    std::mt19937 random(static_cast<unsigned>(b) + 1);
    std::normal_distribution<double> normal;
    for (std::int64_t i = 0; i < elements(b); ++i) {
      const double bias = 0.1 * static_cast<double>(i % case_.channels % 11 + i % 3);
      set(b, i, std::clamp(mean + deviation * (normal(random) + bias), -kMost, kMost));
    }
  }

  GroupNormCase case_;
  std::array<std::vector<std::byte>, kBuffers> bytes_;
};

}  // namespace latentrt::kernels
