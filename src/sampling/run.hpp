#pragma once
/// The sampling loop.

#include <functional>

#include "nn/run/executor.hpp"
#include "sampling/session_state.hpp"

namespace latentrt::sampling {

/// What the loop tells after each call. `estimate` computes the current guess of the finished sample; it is valid during the
/// call of the callback only.
struct Progress {
  std::size_t step = 0, steps = 0;
  double timestep = 0;
  double seconds = 0;
  std::function<at::Tensor()> estimate;
};
using ProgressCallback = std::function<void(const Progress&)>;

/// A Program of the plan, with the denoiser's weights and operations.
nn::NamedTensors run_program(const Plan& plan, const nn::Program& program,
                             const nn::NamedTensors& inputs);

/// Runs the session's plan from session.state to its end, which is then in its place.
/// `conditioning` holds the Program's other inputs, rows in the guidance policy's order (all unconditional rows
/// first). Throws Error(cancelled) between steps and between the nodes of a network.
void run_steps(SessionState& session, const nn::NamedTensors& conditioning,
               const ProgressCallback& on_step);

}  // namespace latentrt::sampling
