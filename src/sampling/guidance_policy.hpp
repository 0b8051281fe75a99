#pragma once
/// Classifier-free guidance (Ho and Salimans 2022) as a plan holds it.

#include <cstddef>
#include <cstdint>
#include <limits>

namespace latentrt::sampling {

/// Rows per item are [unconditional, conditional] when guidance is on, else only the conditional one.
struct GuidancePolicy {
  double scale = 1;
  double rescale = 0;
  std::size_t begin = 0,
              end = std::numeric_limits<std::size_t>::max();  ///< calls on which it is on

  bool active() const noexcept { return scale > 1 && begin < end; }
  /// What holds on one call.
  GuidancePolicy at(std::size_t call) const noexcept {
    return call >= begin && call < end ? *this : GuidancePolicy{};
  }
  std::int64_t rows_per_picture() const noexcept { return active() ? 2 : 1; }
};

}  // namespace latentrt::sampling
