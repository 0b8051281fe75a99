#pragma once
/// The sampling loop of a run.

#include <functional>

#include "sampling/session_state.hpp"

namespace latentrt::sampling {

/// Passed to the callback after each call. `estimate` computes the current estimate of the finished
/// sample; it is valid only during the callback.
struct Progress {
  std::size_t step = 0, steps = 0;
  double timestep = 0;
  double seconds = 0;
  std::function<at::Tensor()> estimate;
  Rows items{};  ///< which item of the run each of the session's is: finished ones have left
};
using ProgressCallback = std::function<void(const Progress&)>;

/// Runs the session's plan from session.state to its end, and stores the final state there. Items
/// that need no further call leave the batch before the end.
/// `conditioning` contains the Program's other inputs: for guided plans the unconditional rows of
/// all items, followed by their conditional rows. Throws Error(cancelled) between steps and between
/// the nodes of a network.
void run_steps(SessionState& session, const nn::NamedTensors& conditioning,
               const ProgressCallback& on_step);

}  // namespace latentrt::sampling
