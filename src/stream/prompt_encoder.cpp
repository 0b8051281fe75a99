#include "stream/prompt_encoder.hpp"

#include <utility>

#include "pipeline/prompts.hpp"
#include "tasks/binding.hpp"

namespace latentrt::pipeline {

PromptEncoder::PromptEncoder(std::shared_ptr<const Pipeline::State> model,
                             std::shared_ptr<const sampling::Plan> plan, Extent extent,
                             StreamGuidance guidance)
    : model_(std::move(model)),
      plan_(std::move(plan)),
      extent_(extent),
      with_negative_(guidance == StreamGuidance::onetime_negative ||
                     guidance == StreamGuidance::full) {}

nn::NamedTensors PromptEncoder::encode(const StreamOptions& options) const {
  const Request request{.prompt = options.prompt,
                        .negative = options.negative,
                        .weighted_prompts = options.weighted_prompts};
  check_prompts(request);
  return make_conditioning(*model_, {.request = request,
                                     .extent = extent_,
                                     .guided = with_negative_,
                                     .scale = options.guidance,
                                     .chunks = prompt_chunks(*model_, request, with_negative_)});
}

EncodedPrompt PromptEncoder::from(nn::NamedTensors conditioning) const {
  auto prompt = sampling::prepare_prompt(*plan_, conditioning, with_negative_);
  return {std::move(conditioning), std::move(prompt)};
}

}  // namespace latentrt::pipeline
