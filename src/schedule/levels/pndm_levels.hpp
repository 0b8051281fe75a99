#pragma once
/// What all steps of a PNDM run share (Liu, Ren, Lin and Zhao 2022).

#include <string_view>

#include "schedule/levels/signal_levels.hpp"

namespace latentrt::schedule {

struct PndmLevels {
  std::string_view prediction_type;
  const SignalLevels& levels;
  int stride;  ///< from one level to the next, whatever the spacing of the timesteps

  /// eq. 9: the sample at timestep `to` from the sample at timestep `from` and the network's output
  /// (or a mean of outputs).
  Linear transfer(double from, double to) const;

  /// A step at `timestep` with its estimate of the clean sample only.
  Step step_at(double timestep) const;
};

}  // namespace latentrt::schedule
