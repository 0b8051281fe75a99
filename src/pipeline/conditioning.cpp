#include "pipeline/conditioning.hpp"

#include <ATen/ops/cat.h>

#include "base/fail.hpp"
#include "pictures/host_data.hpp"
#include "pipeline/prompts.hpp"

namespace latentrt::pipeline {
namespace {

at::Tensor expand_rows(const at::Tensor& tensor, int batch) {
  std::vector<std::int64_t> sizes = tensor.sizes().vec();
  sizes[0] = batch;
  return tensor.expand(sizes);
}

at::Tensor join_rows(const at::Tensor& positive, const at::Tensor& negative, int batch) {
  const at::Tensor rows = expand_rows(positive, batch);
  return negative.defined() ? at::cat({expand_rows(negative, batch), rows}, 0) : rows;
}

/// Channels of an input of the network, its last extent.
std::int64_t channels_of(const nn::Program& network, std::string_view input) {
  return network.declared(input).dims.back().factor;
}

void check_tensor(const HostTensor& tensor, std::string_view name, int batch, std::size_t rank,
                  std::int64_t width) {
  const bool fits = tensor.shape.size() == rank && tensor.shape.back() == width &&
                    (tensor.shape[0] == 1 || tensor.shape[0] == batch) &&
                    (rank == 2 || tensor.shape[1] > 0);
  if (!fits) {
    fail(Code::invalid_argument, "{} has shape [{}], expected [{} or 1,{}{}]", name,
         fmt::join(tensor.shape, ","), batch, rank == 3 ? "tokens," : "", width);
  }
  check_numbers(tensor, name);
}

}  // namespace

void check_embeddings(const Pipeline::State& model, const Request& request, bool guided) {
  if (!request.embeddings) return;
  const Embeddings& given = *request.embeddings;
  const nn::Program& network = *model.denoiser.program;
  if (!network.declares("encoder_hidden_states"))
    fail(Code::invalid_argument, "the model reads no text, so that embeddings have no effect");
  const auto check_states = [&](const HostTensor& states, std::string_view name) {
    check_tensor(states, name, request.batch, 3, channels_of(network, "encoder_hidden_states"));
  };
  const auto check_pooled = [&](const HostTensor& pooled, std::string_view name) {
    if (network.declares("text_embeds"))
      check_tensor(pooled, name, request.batch, 2, channels_of(network, "text_embeds"));
  };
  check_states(given.prompt, "prompt_embeds");
  check_pooled(given.pooled_prompt, "pooled_prompt_embeds");
  if (!guided) return;
  check_states(given.negative, "negative_prompt_embeds");
  check_pooled(given.pooled_negative, "negative_pooled_prompt_embeds");
  if (given.negative.shape[1] != given.prompt.shape[1]) {
    fail(Code::invalid_argument, "negative_prompt_embeds has {} tokens, prompt_embeds has {}",
         given.negative.shape[1], given.prompt.shape[1]);
  }
}

void check_clip_skip(const Pipeline::State& model, const Request& request) {
  if (request.clip_skip == 0) return;
  if (request.embeddings)
    fail(Code::invalid_argument, "clip_skip {} has no effect on given embeddings",
         request.clip_skip);
  for (const TextEncoder& encoder : model.text_encoders) {
    const std::int64_t most = encoder.config().layers - model.family->text_layers_left_out;
    if (request.clip_skip < 0 || request.clip_skip > most) {
      fail(Code::invalid_argument,
           "clip_skip {} is outside 0 to {}: the text encoder has {} layers", request.clip_skip,
           most, encoder.config().layers);
    }
  }
}

nn::NamedTensors make_conditioning(const Pipeline::State& model, const ConditioningCall& call) {
  const RoleInputs roles = model.family->conditioning(model, call);
  nn::NamedTensors inputs;
  for (const auto& [name, conditional] : roles.conditional) {
    if (!model.denoiser.program->declares(name)) continue;
    const at::Tensor unconditional = call.guided ? roles.unconditional.at(name) : at::Tensor();
    inputs[name] =
        model.denoiser.placed(name, join_rows(conditional, unconditional, call.request.batch));
  }
  return inputs;
}

}  // namespace latentrt::pipeline
