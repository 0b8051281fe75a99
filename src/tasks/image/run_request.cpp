#include "tasks/image/run_request.hpp"

#include <ATen/TensorOperators.h>

#include <utility>

#include "base/fail.hpp"
#include "base/stopwatch.hpp"
#include "comm/communicator.hpp"
#include "device/memory/host_pool.hpp"
#include "device/order.hpp"
#include "estimate/memory.hpp"
#include "pictures/host_data.hpp"
#include "pictures/picture_state.hpp"
#include "pictures/pixels.hpp"
#include "pipeline/conditioning.hpp"
#include "pipeline/prompts.hpp"
#include "sampling/gaussian/gaussian.hpp"
#include "sampling/run.hpp"
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

void check_image(const Context::State& context, const SamplerOptions& options,
                 const Request& request, Extent extent) {
  if (request.image && request.pixels)
    fail(Code::invalid_argument, "there are two images to start from: image and pixels");
  const std::optional<PixelView> image = image_of(request);
  if (options.from_image != image.has_value()) {
    fail(Code::invalid_argument, "{}",
         options.from_image ? "image-to-image needs an image" : "text-to-image takes no image");
  }
  if (!image) return;
  check_size(*image, extent);
  check_memory(context, *image);
}

void check_tiles(const VaeOptions& vae, int factor) {
  const int multiple = 4 * factor;
  if (vae.tile_size < 0 || vae.tile_size > kMaxSide || vae.tile_size % multiple != 0) {
    fail(Code::invalid_argument, "a tile of {} pixels is not a multiple of {} up to {}",
         vae.tile_size, multiple, kMaxSide);
  }
}

Extent checked_request(const Pipeline::State& model, const SamplerOptions& options,
                       const sampling::Plan& plan, const Request& request,
                       comm::Communicator* ranks) {
  if (request.batch < 1 || request.batch > kMaxBatch) {
    fail(Code::invalid_argument, "batch {} is outside 1 to {}", request.batch, kMaxBatch);
  }
  if (!request.seeds.empty() && request.seeds.size() != static_cast<std::size_t>(request.batch)) {
    fail(Code::invalid_argument, "{} seeds for a batch of {}: there must be one a picture",
         request.seeds.size(), request.batch);
  }
  check_clip_skip(model, request);
  const Extent extent = checked_extent(model, request.width, request.height);
  check_latents(request, latent_shape(model, request, extent));
  check_image(*model.context, options, request, extent);
  device::check_events(*model.context, request.events);
  check_embeddings(model, request, plan.guidance.active());
  check_tiles(request.vae, model.factor());
  check_prompts(request);
  prompt_chunks(model, request, plan.guidance.active());
  check_ranks(plan, extent.height / model.factor(), ranks);
  check_memory(model, plan, request);
  return extent;
}

/// The sample that the first step starts from. Draws happen in the field's order: the picture's
/// posterior, then the noise.
at::Tensor first_sample(const Pipeline::State& model, sampling::SessionState& session,
                        const Request& request, const std::vector<std::int64_t>& shape) {
  const schedule::Trajectory& trajectory = sampling::gaussian_of(*session.plan).trajectory;
  at::Tensor image_latents;
  const std::optional<PixelView> image = image_of(request);
  if (image)
    image_latents =
        model.autoencoder->encode(to_tensor(*image, model.device), *session.noise, request.vae);
  const at::Tensor noise = request.latents ? to_tensor(*request.latents, "latents").to(model.device)
                                           : session.noise->draw(shape, model.device);
  if (!image) return noise * trajectory.initial_noise_scale;
  return image_latents * trajectory.image_weight + noise * trajectory.noise_weight;
}

sampling::ProgressCallback progress_to(const StepCallback& on_step, const Pipeline::State& model,
                                       const VaeOptions& vae, Timings& timings) {
  return [&](const sampling::Progress& progress) {
    timings.step_s.push_back(progress.seconds);
    if (!on_step) return;
    const auto preview = [&] {
      return to_images(model.autoencoder->decode(progress.estimate().slice(0, 0, 1), vae)).front();
    };
    on_step({.step = static_cast<int>(progress.step),
             .steps = static_cast<int>(progress.steps),
             .timestep = progress.timestep,
             .seconds = progress.seconds,
             .preview = preview});
  };
}

/// Pictures and latents, where the request wants them.
void hand_out(const Pipeline::State& model, sampling::SessionState& session, const Request& request,
              Result& result) {
  if (!request.keep_on_device) result.latents = to_host(session.sample());
  device::trim_pool();  // the decoder's activations have other sizes
  const at::Tensor pictures =
      decode_together(model, *session.plan, session.ranks, session.sample(), request.vae);
  if (!pictures.defined()) return;
  if (request.keep_on_device) {
    result.pictures = to_pictures(pictures, model.context);
  } else {
    result.images = to_images(pictures);
  }
}

}  // namespace

void check_prompts(const Request& request) {
  if (request.embeddings) return;
  text::check_prompt(request.prompt);
  if (request.negative) text::check_prompt(*request.negative);
}

void check_request(const Pipeline::State& model, const SamplerOptions& options,
                   const sampling::Plan& plan, const Request& request, comm::Communicator* ranks) {
  checked_request(model, options, plan, request, ranks);
}

Result run_request(const Pipeline::State& model, const SamplerOptions& options,
                   sampling::SessionState& session, const Request& request,
                   const StepCallback& on_step) {
  if (model.structure_only) {
    fail(Code::invalid_argument, "the pipeline was loaded without its weights (structure_only)");
  }
  const Extent extent = checked_request(model, options, *session.plan, request, session.ranks);
  const device::PoolScope pool;
  device::wait_for(*model.context, request.events);
  const auto seeds = request.seeds.empty() ? std::vector{request.seed} : request.seeds;
  session.begin(seeds);
  if (request.noise == NoiseKind::philox)
    session.noise = std::make_unique<sampling::PhiloxNoise>(seeds);
  Result result;
  result.warnings = prompt_warnings(model, prompts_of(request, session.plan->guidance.active()),
                                    reading_of(request));
  Stopwatch watch;
  const nn::NamedTensors conditioning = make_conditioning(
      model, request, extent, session.plan->guidance.active(), *options.guidance.scale);
  result.timings.text_s = watch.lap();
  session.sample() = first_sample(model, session, request, latent_shape(model, request, extent));
  result.timings.encode_s = watch.lap();
  sampling::run_steps(session, conditioning,
                      progress_to(on_step, model, request.vae, result.timings));
  if (!request.keep_on_device) sampling::check_finite(session.sample());
  if (!session.spaces.empty()) result.exchanges = session.spaces.front()->exchanges();
  session.spaces.clear();
  result.timings.denoise_s = watch.lap();
  for (const VariantId id : session.decisions)
    result.step_variants.push_back(session.plan->variants[id].name);
  hand_out(model, session, request, result);
  device::signal(*model.context, request.events);
  result.timings.decode_s = watch.lap();
  return result;
}

}  // namespace latentrt::pipeline
