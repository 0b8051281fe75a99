#include "components/text_conditioning.hpp"

#include <ATen/ops/full.h>
#include <ATen/ops/zeros_like.h>

#include "pictures/host_data.hpp"

namespace latentrt::pipeline {
namespace {

TextStates given_states(const HostTensor& hidden, const HostTensor& pooled) {
  return {to_tensor(hidden, "embeddings"),
          pooled.data.empty() ? at::Tensor() : to_tensor(pooled, "pooled embeddings")};
}

TextStates zeros_like(const TextStates& states) {
  return {at::zeros_like(states.hidden),
          states.pooled.defined() ? at::zeros_like(states.pooled) : at::Tensor()};
}

TextStates conditional_states(const Request& request, const EncodeText& encode) {
  const auto& given = request.embeddings;
  return given ? given_states(given->prompt, given->pooled_prompt)
               : encode(request.prompt, request.clip_skip);
}

TextStates unconditional_states(const Request& request, const TextStates& conditional,
                                bool zeros_for_no_negative, const EncodeText& encode) {
  const auto& given = request.embeddings;
  if (given) return given_states(given->negative, given->pooled_negative);
  if (!request.negative && zeros_for_no_negative) return zeros_like(conditional);
  return encode(request.negative.value_or(""), 0);
}

/// The value that the network embeds: 1000 (scale - 1), for each picture.
at::Tensor embedded_guidance(const ConditioningCall& call) {
  return at::full({call.request.batch}, 1000 * (call.scale - 1), at::TensorOptions(at::kFloat));
}

nn::NamedTensors inputs_of(const TextStates& states, const ConditioningCall& call) {
  nn::NamedTensors inputs{{"encoder_hidden_states", states.hidden},
                          {"guidance", embedded_guidance(call)}};
  if (states.pooled.defined()) inputs["text_embeds"] = states.pooled;
  return inputs;
}

}  // namespace

PromptReading reading_of(const Request& request) {
  return {request.weighted_prompts, request.long_prompts};
}

RoleInputs text_inputs(const ConditioningCall& call, bool zeros_for_no_negative,
                       const EncodeText& encode) {
  const TextStates conditional = conditional_states(call.request, encode);
  RoleInputs inputs{inputs_of(conditional, call), {}};
  if (call.guided) {
    inputs.unconditional = inputs_of(
        unconditional_states(call.request, conditional, zeros_for_no_negative, encode), call);
  }
  return inputs;
}

RoleInputs last_layer_inputs(const Model& model, const ConditioningCall& call) {
  const TextEncoder& encoder = model.text_encoders.front();
  return text_inputs(call, false, [&](std::string_view prompt, int clip_skip) -> TextStates {
    return {encoder.encode_without_last(prompt, reading_of(call.request), clip_skip, call.chunks),
            {}};
  });
}

}  // namespace latentrt::pipeline
