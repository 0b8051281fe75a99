#pragma once
/// The updates of SA-Solver (Xue et al. 2023, arXiv 2309.05019): Adams-Bashforth steps that predict
/// an interval of a stochastic differential equation, and Adams-Moulton steps that correct it.

#include "schedule/predictor_corrector.hpp"

namespace latentrt::schedule {

/// What is integrated, and the amount of noise in the equation: 0 for the ordinary differential
/// equation, 1 for the reverse of the process.
struct AdamsRule {
  bool of_noise = false;
  double tau = 0;
};

/// `sigmas` points at the interval's start; its end follows, and levels of earlier estimates
/// precede. An update of order n uses n estimates; those of a correction include the one at the
/// end. An empty interval changes nothing.
IntervalUpdate adams_predictor(const AdamsRule& rule, std::size_t order, const double* sigmas);
IntervalUpdate adams_corrector(const AdamsRule& rule, std::size_t order, const double* sigmas);

}  // namespace latentrt::schedule
