#pragma once
/// The updates of UniPC (Zhao et al. 2023, arXiv 2302.04867): a predictor, and a corrector that
/// repeats the same interval once the estimate at its end is known.

#include <array>
#include <cstddef>

#include "schedule/dpm_update.hpp"

namespace latentrt::schedule {

/// Estimates that an update of order `kMaxUnifiedOrder` uses, and the one at the interval's end.
inline constexpr std::size_t kMaxUnifiedOrder = 4;

/// next = sample * x + at_end * m' + sum_j before[j] * m[j], where m[0], m[1], ... are the estimates
/// at the interval's start and before it, and m' is the one at its end.
struct UnifiedUpdate {
  double sample = 1, at_end = 0;
  std::array<double, kMaxUnifiedOrder> before{};
};

/// What is integrated, and by which function B(h) of the step: h ("bh1") or e^h - 1 ("bh2").
struct UnifiedRule {
  bool of_noise = false, plain_h = false;
};

/// `sigmas` points at the interval's start; its end follows, and the `order` - 1 levels of the
/// estimates before it precede. An empty interval changes nothing.
UnifiedUpdate unified_predictor(const UnifiedRule& rule, std::size_t order, const double* sigmas);
UnifiedUpdate unified_corrector(const UnifiedRule& rule, std::size_t order, const double* sigmas);

}  // namespace latentrt::schedule
