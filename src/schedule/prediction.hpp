#pragma once
/// Estimates of the clean sample and of the noise from a network's output, as linear maps of
/// (sample, output).

#include <string_view>

#include "schedule/trajectory.hpp"

namespace latentrt::schedule {

/// sample * (the step's sample) + output * (the network's output) + x0 * (the step's estimate of
/// the clean sample, within its bounds)
struct Linear {
  double sample = 0, output = 0, x0 = 0;
};

struct Prediction {
  Linear x0, epsilon;
};

/// x = alpha x0 + sigma epsilon (alpha^2 + sigma^2 = 1). prediction_type "epsilon", "sample" (the
/// output is x0) or "v_prediction" (the output is alpha epsilon - sigma x0; Salimans and Ho 2022,
/// appendix D). If noise or signal is zero, a map may contain infinities.
Prediction predict(std::string_view prediction_type, double alpha, double sigma);

/// As above for x = x0 + sigma epsilon, with a network trained on x / sqrt(sigma^2 + 1).
Prediction predict_unscaled(std::string_view prediction_type, double sigma);

/// The estimates that follow from the step's own one of the clean sample, within its bounds.
Prediction from_own_estimate(double alpha, double sigma);

/// A step at `timestep` whose estimate of the clean sample is `x0` (of sample and output).
Step make_step(double timestep, const Linear& x0, const Clip& clip = {});

/// Adds weight * map to the step's next sample.
void add_to_next(Step& step, double weight, const Linear& map);

/// Makes the map the newest entry of the history.
void push(Step& step, const Linear& map);

}  // namespace latentrt::schedule
