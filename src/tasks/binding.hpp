#pragma once
/// A request bound to a model and a plan: what its check finds, for the run to use.

#include <cstdint>
#include <functional>
#include <latentrt/sampler.hpp>
#include <memory>
#include <vector>

#include "components/family.hpp"
#include "pipeline/pipeline_state.hpp"
#include "sampling/plan.hpp"
#include "sampling/session_state.hpp"

namespace latentrt::pipeline {

/// What requests are bound to. `ranks` share the work; null: none do.
struct Setup {
  const Pipeline::State& model;
  const SamplerOptions& options;  ///< with values for everything
  const sampling::Plan& plan;
  comm::Communicator* ranks = nullptr;
};

/// A run after its prompts were encoded, before its first state was made. `conditioning` has the
/// network's inputs, as run_steps() takes them.
struct Beginning {
  sampling::SessionState& session;
  nn::NamedTensors& conditioning;
};

/// Its parts refer to the request, which outlives it, and to what it was bound to.
struct Binding {
  std::shared_ptr<const Request> request;  ///< the caller's, or one that a task made of its own
  ConditioningCall conditioning;           ///< its pixels, guidance and prompt chunks
  std::vector<std::int64_t> latent_shape;  ///< [batch,C,h,w]
  std::vector<std::uint64_t> seeds;        ///< one for all pictures, or one each
  /// Makes the session's first state. Draws happen in the field's order.
  std::function<void(const Binding&, const Beginning&)> begin{};
  /// What becomes of the pictures of a result that has any; empty: nothing.
  std::function<void(Result&)> finish{};
};

/// Throws Error(invalid_argument) for text that no tokenizer takes.
void check_prompts(const Request& request);

/// Throws Error(unsupported) for a model of another task. `command`: of the command line that runs
/// the task.
void check_subject(const Pipeline::State& model, Subject subject, std::string_view command);
/// Whether the denoiser reads a mask and the picture without the masked part.
bool is_for_inpainting(const Pipeline::State& model);
/// Throws Error(unsupported) for such a model.
void check_needs_no_mask(const Pipeline::State& model);
/// Throws Error(unsupported) for a model that makes no pictures from prompts only.
void check_prompts_suffice(const Pipeline::State& model);

/// A request without an owner.
std::shared_ptr<const Request> borrowed(const Request& request);
/// The settings of a task without a prompt, as a Request.
Request request_of(const SampleSettings& settings, int width, int height);

/// Checks sizes, shapes and combinations; reads no weights and computes nothing. The result has no
/// `begin` yet. Throws Error(invalid_argument).
Binding bind(const Setup& setup, std::shared_ptr<const Request> request);

/// The given latents, or noise from the session's source, [batch,C,h,w] fp32 on the device.
at::Tensor first_noise(const Binding& binding, sampling::SessionState& session);
/// Begins with noise only, and adds nothing to the conditioning.
void begin_as_noise(const Binding& binding, const Beginning& beginning);

}  // namespace latentrt::pipeline
