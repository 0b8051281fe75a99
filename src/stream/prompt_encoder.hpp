#pragma once
/// From a stream's prompts to the conditioning of its network.

#include <latentrt/stream_options.hpp>
#include <memory>

#include "pipeline/conditioning.hpp"
#include "pipeline/pipeline_state.hpp"
#include "sampling/prompts.hpp"

namespace latentrt::pipeline {

/// The text encoders' output for a prompt, and what the network reads of it.
struct EncodedPrompt {
  nn::NamedTensors conditioning;
  sampling::PromptPtr rows;
};

/// Immutable; any thread may use it while frames are processed on another.
class PromptEncoder {
 public:
  /// `plan` is any plan for the model: what prompts become does not depend on stages.
  PromptEncoder(std::shared_ptr<const Pipeline::State> model,
                std::shared_ptr<const sampling::Plan> plan, Extent extent, StreamGuidance guidance);

  /// Runs the text encoders. Throws Error(invalid_argument) for text that no tokenizer takes.
  nn::NamedTensors encode(const StreamOptions& options) const;
  EncodedPrompt from(nn::NamedTensors conditioning) const;

 private:
  std::shared_ptr<const Pipeline::State> model_;
  std::shared_ptr<const sampling::Plan> plan_;
  Extent extent_;
  bool with_negative_;
};

}  // namespace latentrt::pipeline
