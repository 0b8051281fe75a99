#include "schedule/predictor_corrector.hpp"

#include <algorithm>

namespace latentrt::schedule {

std::size_t known_order(const std::vector<double>& sigmas, std::size_t first, std::size_t index,
                        std::size_t most) {
  const std::size_t order = std::min(most, index - first + 1);
  for (std::size_t k = 1; k < order; ++k)
    if (sigmas[index - k] == sigmas[index - k + 1]) return k;
  return order;
}

/// The sample is the predictor's result for the interval before; the corrected one differs from it
/// by multiples of the estimates.
void add_interval(Step& step, const Linear& estimate, const IntervalUpdate& next,
                  const std::optional<Correction>& before) {
  step.sample_weight = next.sample;
  step.noise_weight = next.noise;
  double newest = next.before[0];
  for (std::size_t k = 1; k < kMaxIntervalOrder; ++k) step.history_weights[k - 1] = next.before[k];
  if (before) {
    const IntervalUpdate &corrected = before->corrected, &predicted = before->predicted;
    newest += next.sample * corrected.at_end;
    step.unblended_weight = next.sample;
    for (std::size_t k = 0; k < kMaxIntervalOrder; ++k)
      step.history_weights[k] += next.sample * (corrected.before[k] - predicted.before[k]);
  }
  add_to_next(step, newest, estimate);
  push(step, estimate);
}

}  // namespace latentrt::schedule
