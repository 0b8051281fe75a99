#include "estimate/network_shapes.hpp"

#include "components/neighbours.hpp"
#include "pipeline/prompts.hpp"

namespace latentrt::pipeline {
namespace {

std::int64_t token_count(const Pipeline::State& model, const Request& request, bool guided) {
  const std::int64_t neighbours = neighbour_count(request);
  if (request.embeddings) return request.embeddings->prompt.shape[1] + neighbours;
  const auto chunks = static_cast<std::int64_t>(prompt_chunks(model, request, guided));
  return chunks * model.tokens_per_chunk() + neighbours;
}

}  // namespace

nn::Extents latent_extents(const Pipeline::State& model, const Request& request) {
  const int width = request.width > 0 ? request.width : model.info.default_width;
  const int height = request.height > 0 ? request.height : model.info.default_height;
  return {
      .rows = request.batch, .height = height / model.factor(), .width = width / model.factor()};
}

NamedShapes unet_shapes(const Pipeline::State& model, const Request& request, std::int64_t rows) {
  const nn::Extents latents = latent_extents(model, request);
  return nn::input_shapes(*model.denoiser.program,
                          {.rows = rows,
                           .tokens = token_count(model, request, rows > request.batch),
                           .height = latents.height,
                           .width = latents.width});
}

}  // namespace latentrt::pipeline
