#include "pipeline/conditioning.hpp"

#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros_like.h>

#include <optional>

#include "base/fail.hpp"
#include "pictures/host_data.hpp"
#include "pipeline/prompts.hpp"

namespace latentrt::pipeline {
namespace {

/// What text means to the network: token states [1 or B,L,D] and, for SDXL, a pooled state [1 or B,E].
struct TextStates {
  at::Tensor hidden, pooled;
};

/// How a prompt is encoded: prompt weighting and clip skip.
struct EncodeOptions {
  PromptReading reading;
  int clip_skip;
  std::size_t chunks;  ///< that all prompts of the run are filled up to
};

/// SD1 and SD2: the last layer (or an earlier one) after the final norm.
TextStates encode_single(const TextEncoder& encoder, std::string_view prompt, EncodeOptions how) {
  return {encoder.encode_without_last(prompt, how.reading, how.clip_skip, how.chunks), {}};
}

/// SDXL: the second last layers (or earlier ones) of all encoders side by side; the last encoder's projected pooled
/// state.
TextStates encode_several(const std::vector<TextEncoder>& encoders, std::string_view prompt,
                          EncodeOptions how) {
  std::vector<at::Tensor> hidden;
  at::Tensor pooled;
  for (const TextEncoder& encoder : encoders) {
    const bool projects = encoder.program().has_value("text_embeds");
    const std::string state = models::hidden_state(encoder.config().layers - 1 - how.clip_skip);
    std::vector<std::string> outputs{state};
    if (projects) outputs.emplace_back("text_embeds");
    nn::NamedTensors states = encoder.encode(prompt, how.reading, outputs, how.chunks);
    hidden.push_back(states.at(state));
    if (projects) pooled = states.at("text_embeds");
  }
  return {at::cat(hidden, -1), pooled};
}

TextStates encode(const Pipeline::State& model, std::string_view prompt, EncodeOptions how) {
  return model.text_encoders.size() == 1 ? encode_single(model.text_encoders[0], prompt, how)
                                         : encode_several(model.text_encoders, prompt, how);
}

TextStates negative_states(const Pipeline::State& model, const Request& request,
                           const TextStates& positive, std::size_t chunks) {
  if (!request.negative && model.zeros_for_absent_negative) {
    return {at::zeros_like(positive.hidden), at::zeros_like(positive.pooled)};
  }
  return encode(model, request.negative.value_or(""), {reading_of(request), 0, chunks});
}

TextStates given_states(const HostTensor& hidden, const HostTensor& pooled) {
  return {to_tensor(hidden, "embeddings"),
          pooled.data.empty() ? at::Tensor() : to_tensor(pooled, "pooled embeddings")};
}

at::Tensor expand_rows(const at::Tensor& tensor, int batch) {
  std::vector<std::int64_t> sizes = tensor.sizes().vec();
  sizes[0] = batch;
  return tensor.expand(sizes);
}

at::Tensor join_rows(const at::Tensor& positive, const at::Tensor& negative, int batch) {
  const at::Tensor rows = expand_rows(positive, batch);
  return negative.defined() ? at::cat({expand_rows(negative, batch), rows}, 0) : rows;
}

/// SDXL's size conditioning: original size, crop corner and target size, each as height, width.
at::Tensor time_ids(Extent extent, std::int64_t rows) {
  const auto h = static_cast<float>(extent.height), w = static_cast<float>(extent.width);
  return at::tensor({h, w, 0.0F, 0.0F, h, w}, at::kFloat).unsqueeze(0).expand({rows, -1});
}

/// What the network embeds: 1000 (scale - 1), for each row.
at::Tensor embedded_guidance(double scale, std::int64_t rows) {
  return at::full({rows}, 1000 * (scale - 1), at::TensorOptions(at::kFloat));
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
  const bool reads_penultimate = model.text_encoders.size() > 1;
  for (const TextEncoder& encoder : model.text_encoders) {
    const std::int64_t most = encoder.config().layers - (reads_penultimate ? 1 : 0);
    if (request.clip_skip < 0 || request.clip_skip > most) {
      fail(Code::invalid_argument,
           "clip_skip {} is outside 0 to {}: the text encoder has {} layers", request.clip_skip,
           most, encoder.config().layers);
    }
  }
}

nn::NamedTensors make_conditioning(const Pipeline::State& model, const Request& request,
                                   Extent extent, bool guided, double scale) {
  const auto& given = request.embeddings;
  const std::size_t chunks = prompt_chunks(model, request, guided);
  const TextStates positive =
      given ? given_states(given->prompt, given->pooled_prompt)
            : encode(model, request.prompt, {reading_of(request), request.clip_skip, chunks});
  TextStates negative;
  if (guided) {
    negative = given ? given_states(given->negative, given->pooled_negative)
                     : negative_states(model, request, positive, chunks);
  }
  const std::int64_t rows = request.batch * (guided ? 2 : 1);
  nn::NamedTensors inputs;
  const auto give = [&](const char* name, const auto& tensor) {
    if (model.denoiser.program->declares(name))
      inputs[name] = model.denoiser.placed(name, tensor());
  };
  give("encoder_hidden_states",
       [&] { return join_rows(positive.hidden, negative.hidden, request.batch); });
  give("text_embeds", [&] { return join_rows(positive.pooled, negative.pooled, request.batch); });
  give("time_ids", [&] { return time_ids(extent, rows); });
  give("guidance", [&] { return embedded_guidance(scale, rows); });
  return inputs;
}

}  // namespace latentrt::pipeline
