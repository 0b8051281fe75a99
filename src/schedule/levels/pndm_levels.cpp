#include "schedule/levels/pndm_levels.hpp"

#include <cmath>

namespace latentrt::schedule {

Linear PndmLevels::transfer(double from, double to) const {
  const double here = levels.at(from), next = levels.at(to);
  const double divisor = here * std::sqrt(1 - next) + std::sqrt(here * (1 - here) * next);
  const double weight = -(next - here) / divisor;
  const Linear epsilon = predict_at(prediction_type, here).epsilon;
  return {.sample = std::sqrt(next / here) + weight * epsilon.sample,
          .output = weight * epsilon.output};
}

Step PndmLevels::step_at(double timestep) const {
  const double level = levels.at(timestep);
  return scaled_step(timestep, level, predict_at(prediction_type, level));
}

}  // namespace latentrt::schedule
