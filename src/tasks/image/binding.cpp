#include "tasks/image/binding.hpp"

#include "base/fail.hpp"
#include "device/order.hpp"
#include "estimate/memory.hpp"
#include "pictures/host_data.hpp"
#include "pictures/pixels.hpp"
#include "pipeline/conditioning.hpp"
#include "pipeline/prompts.hpp"
#include "tasks/image/shared_work.hpp"
#include "text/prompt_check.hpp"

namespace latentrt::pipeline {
namespace {

constexpr int kMaxBatch = 1024;

std::vector<std::int64_t> latent_shape(const Pipeline::State& model, const Request& request,
                                       Extent extent) {
  return {request.batch, model.info.latent_channels, extent.height / model.factor(),
          extent.width / model.factor()};
}

void check_latents(const Request& request, const std::vector<std::int64_t>& shape) {
  if (!request.latents) return;
  if (request.latents->shape != shape) {
    fail(Code::invalid_argument, "latents have shape [{}], expected [{}]",
         fmt::join(request.latents->shape, ","), fmt::join(shape, ","));
  }
  check_numbers(*request.latents, "latents");
}

std::optional<PixelView> image_of(const Request& request) {
  return request.image ? std::optional<PixelView>(*request.image) : request.pixels;
}

/// The picture to start from.
std::optional<PixelView> checked_image(const Context::State& context, const SamplerOptions& options,
                                       const Request& request, Extent extent) {
  if (request.image && request.pixels)
    fail(Code::invalid_argument, "there are two images to start from: image and pixels");
  const std::optional<PixelView> image = image_of(request);
  if (options.from_image != image.has_value()) {
    fail(Code::invalid_argument, "{}",
         options.from_image ? "image-to-image needs an image" : "text-to-image takes no image");
  }
  if (!image) return image;
  check_size(*image, extent);
  check_memory(context, *image);
  return image;
}

void check_tiles(const VaeOptions& vae, int factor) {
  const int multiple = 4 * factor;
  if (vae.tile_size < 0 || vae.tile_size > kMaxSide || vae.tile_size % multiple != 0) {
    fail(Code::invalid_argument, "a tile of {} pixels is not a multiple of {} up to {}",
         vae.tile_size, multiple, kMaxSide);
  }
}

std::vector<std::uint64_t> checked_seeds(const Request& request) {
  if (request.batch < 1 || request.batch > kMaxBatch) {
    fail(Code::invalid_argument, "batch {} is outside 1 to {}", request.batch, kMaxBatch);
  }
  if (request.seeds.empty()) return {request.seed};
  if (request.seeds.size() != static_cast<std::size_t>(request.batch)) {
    fail(Code::invalid_argument, "{} seeds for a batch of {}: there must be one a picture",
         request.seeds.size(), request.batch);
  }
  return request.seeds;
}

}  // namespace

void check_prompts(const Request& request) {
  if (request.embeddings) return;
  text::check_prompt(request.prompt);
  if (request.negative) text::check_prompt(*request.negative);
}

Binding bind_request(const Pipeline::State& model, const SamplerOptions& options,
                     const sampling::Plan& plan, const Request& request,
                     comm::Communicator* ranks) {
  const bool guided = plan.guidance.active();
  std::vector<std::uint64_t> seeds = checked_seeds(request);
  check_clip_skip(model, request);
  const Extent extent = checked_extent(model, request.width, request.height);
  std::vector<std::int64_t> shape = latent_shape(model, request, extent);
  check_latents(request, shape);
  const std::optional<PixelView> image = checked_image(*model.context, options, request, extent);
  device::check_events(*model.context, request.events);
  check_embeddings(model, request, guided);
  check_tiles(request.vae, model.factor());
  check_prompts(request);
  const std::size_t chunks = prompt_chunks(model, request, guided);
  check_ranks(plan, shape[2], ranks);
  check_memory_limit(model, plan, request);
  return {.conditioning = {.request = request,
                           .extent = extent,
                           .guided = guided,
                           .scale = *options.guidance.scale,
                           .chunks = chunks},
          .latent_shape = std::move(shape),
          .seeds = std::move(seeds),
          .image = image};
}

}  // namespace latentrt::pipeline
