#pragma once
/// The sampling loop.

#include <functional>

#include "nn/run/executor.hpp"
#include "sampling/session_state.hpp"

namespace latentrt::sampling {

/// What the loop tells after each step. `estimate` computes the current guess of the clean latents, [B,C,h,w] fp32;
/// it is valid during the call only.
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

/// What the network is given of latents that are scaled for it: once per row of the guidance policy, in its own dtype.
at::Tensor network_input(const Plan& plan, const GuidancePolicy& guidance,
                         const at::Tensor& scaled);

/// Runs the session's plan on session.sample until the last step; the result is session.sample.
/// `conditioning` holds the Program's other inputs, rows in the guidance policy's order (all unconditional rows
/// first). Throws Error(cancelled) between steps and between the nodes of a network.
void run_steps(SessionState& session, const nn::NamedTensors& conditioning,
               const ProgressCallback& on_step);

/// Throws Error(non_finite) where latents are not finite. Waits for the device.
void check_finite(const at::Tensor& sample);

}  // namespace latentrt::sampling
