#pragma once
/// Makes the conditioning of a stream's network from prompts.

#include <latentrt/stream_options.hpp>
#include <memory>

#include "pipeline/conditioning.hpp"
#include "pipeline/pipeline_state.hpp"
#include "sampling/prompts.hpp"

namespace latentrt::pipeline {

/// The text encoders' output for a prompt, and the network's inputs from it.
struct EncodedPrompt {
  nn::NamedTensors conditioning;
  sampling::PromptPtr rows;
};

/// Immutable; any thread may use it while frames are processed on another.
class PromptEncoder {
 public:
  /// `plan` is any plan for the model: the conditioning does not depend on stages.
  PromptEncoder(std::shared_ptr<const Pipeline::State> model,
                std::shared_ptr<const sampling::Plan> plan, Extent extent, StreamGuidance guidance);

  /// Runs the text encoders. Throws Error(invalid_argument) for text that a tokenizer refuses.
  nn::NamedTensors encode(const StreamOptions& options) const;
  EncodedPrompt from(nn::NamedTensors conditioning) const;

 private:
  std::shared_ptr<const Pipeline::State> model_;
  std::shared_ptr<const sampling::Plan> plan_;
  Extent extent_;
  bool with_negative_;
};

}  // namespace latentrt::pipeline
