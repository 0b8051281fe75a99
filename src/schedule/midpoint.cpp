#include "schedule/midpoint.hpp"

namespace latentrt::schedule {

Step to_middle(const Settings& settings, double timestep, double sigma, double middle) {
  Step call = euler_step(settings, timestep, sigma, middle);
  push(call, {.sample = 1, .output = 0});
  return call;
}

Step along_middle(const Settings& settings, double timestep, double sigma, double middle,
                  double target) {
  Step call = call_at(settings, timestep, middle);
  const double length = (target - sigma) / middle;
  call.history_weights[0] = 1;
  call.sample_weight = length;
  call.x0_weight = -length;
  call.drops = 1;
  return call;
}

Step with_middle_estimate(const Settings& settings, double timestep, double sigma, double middle,
                          double target) {
  Step call = call_at(settings, timestep, middle);
  call.history_weights[0] = target / sigma;
  call.x0_weight = 1 - target / sigma;
  call.drops = 1;
  return call;
}

}  // namespace latentrt::schedule
