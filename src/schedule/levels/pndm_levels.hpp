#pragma once
/// Common part of all steps of a PNDM run (Liu, Ren, Lin and Zhao 2022).

#include <string_view>

#include "schedule/levels/signal_levels.hpp"

namespace latentrt::schedule {

struct PndmLevels {
  std::string_view prediction_type;
  const SignalLevels& levels;
  int stride;  ///< distance to the next level, whatever the spacing of the timesteps

  /// eq. 9: the sample at timestep `to` from the sample at timestep `from` and the network's output
  /// (or a mean of outputs).
  Linear transfer(double from, double to) const;

  /// A step at `timestep` with only its estimate of the clean sample.
  Step step_at(double timestep) const;
};

}  // namespace latentrt::schedule
