#pragma once
/// Conditioning inputs from text: the common part of the families.

#include <ATen/core/Tensor.h>

#include <functional>
#include <string_view>

#include "components/family.hpp"
#include "components/model.hpp"

namespace latentrt::pipeline {

/// Token states [1 or B,L,D] and, for networks that read one, a pooled state [1 or B,E].
struct TextStates {
  at::Tensor hidden, pooled;
};

using EncodeText = std::function<TextStates(std::string_view prompt, int clip_skip)>;

PromptReading reading_of(const Request& request);

/// "encoder_hidden_states" and "text_embeds" of both roles, from the request's embeddings or from
/// its prompts by `encode`, and "guidance" for networks that embed the scale.
/// `zeros_for_no_negative`: an absent prompt has states of zero, else those of the empty prompt.
RoleInputs text_inputs(const ConditioningCall& call, bool zeros_for_no_negative,
                       const EncodeText& encode);

/// The conditioning of a model with one text encoder: the states after its last layer (or an
/// earlier one) and the final norm.
RoleInputs last_layer_inputs(const Model& model, const ConditioningCall& call);

}  // namespace latentrt::pipeline
