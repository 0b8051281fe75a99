#include "estimate/network_shapes.hpp"

#include "pipeline/prompts.hpp"

namespace latentrt::pipeline {
namespace {

std::int64_t token_count(const Pipeline::State& model, const Request& request, bool guided) {
  if (request.embeddings) return request.embeddings->prompt.shape[1];
  return static_cast<std::int64_t>(prompt_chunks(model, request, guided)) *
         model.text_encoders.front().config().positions;
}

}  // namespace

LatentExtents latent_extents(const Pipeline::State& model, const Request& request) {
  const int width = request.width > 0 ? request.width : model.info.default_width;
  const int height = request.height > 0 ? request.height : model.info.default_height;
  return {request.batch, height / model.factor(), width / model.factor()};
}

NamedShapes unet_shapes(const Pipeline::State& model, const Request& request, std::int64_t rows) {
  constexpr std::int64_t kTimeIds = 6;
  const models::UnetConfig& unet = model.unet_config;
  const LatentExtents extents = latent_extents(model, request);
  const std::int64_t tokens = token_count(model, request, rows > request.batch);
  NamedShapes shapes{{"sample", {rows, unet.in_channels, extents.height, extents.width}},
                     {"timestep", {rows}},
                     {"encoder_hidden_states", {rows, tokens, unet.context_channels()}}};
  if (unet.embeds_guidance()) shapes["guidance"] = {rows};
  if (!unet.text_time()) return shapes;
  shapes["time_ids"] = {rows, kTimeIds};
  shapes["text_embeds"] = {rows, unet.projection_input - kTimeIds * unet.addition_time_channels};
  return shapes;
}

}  // namespace latentrt::pipeline
