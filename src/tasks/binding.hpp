#pragma once
/// A request bound to a model and a plan: the results of its check, for the run.

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

/// The context of a binding. `ranks` share the work; null: none.
struct Setup {
  const Pipeline::State& model;
  const SamplerOptions& options;  ///< all settings have values
  const sampling::Plan& plan;
  comm::Communicator* ranks = nullptr;
};

/// A run after its prompts were encoded, before its first state is made. `conditioning` contains
/// the network's inputs, as run_steps() takes them.
struct Beginning {
  sampling::SessionState& session;
  nn::NamedTensors& conditioning;
};

/// Refers to the request and to the context of the binding, which outlive it.
struct Binding {
  std::shared_ptr<const Request> request;  ///< the caller's, or one that a task made
  ConditioningCall conditioning;           ///< its pixels, guidance and prompt chunks
  std::vector<std::int64_t> latent_shape;  ///< [batch,C,h,w]
  std::vector<std::uint64_t> seeds;        ///< one for all pictures, or one each
  /// Makes the session's first state. Random values are drawn in the order of the fields.
  std::function<void(const Binding&, const Beginning&)> begin{};
  /// Processes the pictures of the result, if it has any; empty: they are unchanged.
  std::function<void(Result&)> finish{};
};

/// Throws Error(invalid_argument) for text that a tokenizer refuses.
void check_prompts(const Request& request);

/// Throws Error(unsupported) for a model of another task. `command`: the command that runs the
/// task.
void check_subject(const Pipeline::State& model, Subject subject, std::string_view command);
/// Whether the denoiser reads a mask and the picture without the masked part.
bool is_for_inpainting(const Pipeline::State& model);
/// Throws Error(unsupported) for such a model.
void check_needs_no_mask(const Pipeline::State& model);
/// Throws Error(unsupported) for a model that needs inputs other than prompts.
void check_prompts_suffice(const Pipeline::State& model);

/// A pointer that does not own the request, which must outlive it.
std::shared_ptr<const Request> borrowed(const Request& request);
/// The settings of a task without a prompt, as a Request.
Request request_of(const SampleSettings& settings, int width, int height);

/// Checks sizes, shapes and combinations; reads no weights and computes nothing. `begin` of the
/// result is not set yet. Throws Error(invalid_argument).
Binding bind(const Setup& setup, std::shared_ptr<const Request> request);

/// The given latents, or noise from the session's source, [batch,C,h,w] fp32 on the device.
at::Tensor first_noise(const Binding& binding, sampling::SessionState& session);
/// Starts from noise, and adds nothing to the conditioning.
void begin_as_noise(const Binding& binding, const Beginning& beginning);

}  // namespace latentrt::pipeline
