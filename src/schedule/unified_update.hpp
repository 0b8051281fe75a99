#pragma once
/// The updates of UniPC (Zhao et al. 2023, arXiv 2302.04867): a predictor, and a corrector that
/// repeats the same interval once the estimate at its end is known.

#include "schedule/predictor_corrector.hpp"

namespace latentrt::schedule {

/// What is integrated, and by which function B(h) of the step: h ("bh1") or e^h - 1 ("bh2").
struct UnifiedRule {
  bool of_noise = false, plain_h = false;
};

/// `sigmas` points at the interval's start; its end follows, and the `order` - 1 levels of the
/// estimates before it precede. An empty interval changes nothing.
IntervalUpdate unified_predictor(const UnifiedRule& rule, std::size_t order, const double* sigmas);
IntervalUpdate unified_corrector(const UnifiedRule& rule, std::size_t order, const double* sigmas);

}  // namespace latentrt::schedule
