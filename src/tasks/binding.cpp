#include "tasks/binding.hpp"

#include <ATen/TensorOperators.h>

#include <algorithm>
#include <utility>

#include "base/fail.hpp"
#include "components/concat_input.hpp"
#include "components/neighbours.hpp"
#include "device/order.hpp"
#include "estimate/memory.hpp"
#include "pictures/host_data.hpp"
#include "pipeline/conditioning.hpp"
#include "pipeline/prompts.hpp"
#include "sampling/gaussian/gaussian.hpp"
#include "tasks/shared_work.hpp"
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

void check_tiles(const VaeOptions& vae, int factor) {
  const int multiple = 4 * factor;
  if (vae.tile_size < 0 || vae.tile_size > kMaxSide || vae.tile_size % multiple != 0) {
    fail(Code::invalid_argument, "a tile of {} pixels is not a multiple of {} up to {}",
         vae.tile_size, multiple, kMaxSide);
  }
}

void check_prompt_is_read(const Pipeline::State& model, const Request& request) {
  const bool reads =
      std::ranges::count(model.family->components, Use::text_encoder, &ComponentPlace::use) > 0;
  if (reads || (request.prompt.empty() && !request.negative)) return;
  fail(Code::invalid_argument, "models of the family {} read no prompt: leave it out",
       model.family->name);
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

/// The input of models of a subject, and the command that takes it.
struct TaskOf {
  Subject subject;
  const char* from;
  const char* command;
};

constexpr TaskOf kTasks[] = {
    {Subject::prompt, "a prompt", "txt2img, img2img or inpaint"},
    {Subject::nothing, "nothing but noise", "sample"},
    {Subject::class_label, "a class", "sample --class"},
    {Subject::picture, "a small picture", "upscale"},
    {Subject::label_map, "the classes of all pixels", "semantic"},
    {Subject::boxes, "boxes with objects", "layout"},
};

const TaskOf& task_of(Subject subject) { return kTasks[static_cast<std::size_t>(subject)]; }

}  // namespace

void check_prompts(const Request& request) {
  if (request.embeddings) return;
  text::check_prompt(request.prompt);
  if (request.negative) text::check_prompt(*request.negative);
}

void check_subject(const Pipeline::State& model, Subject subject, std::string_view command) {
  const Subject own = model.family->subject;
  if (own == subject) return;
  fail(Code::unsupported, "{} is for models that make pictures from {}; {} makes them from {}: {}",
       command, task_of(subject).from, model.class_name, task_of(own).from, task_of(own).command);
}

bool is_for_inpainting(const Pipeline::State& model) {
  return model.denoiser.program->declares(kConcatInput) && !model.family->repainting.empty();
}

void check_prompts_suffice(const Pipeline::State& model) {
  check_needs_no_mask(model);
  check_subject(model, Subject::prompt, "this request");
}

void check_needs_no_mask(const Pipeline::State& model) {
  if (!is_for_inpainting(model)) return;
  fail(
      Code::unsupported,
      "the unet reads a mask and a masked picture next to the latents: the model is for `inpaint`");
}

std::shared_ptr<const Request> borrowed(const Request& request) {
  return {std::shared_ptr<const Request>(), &request};
}

Request request_of(const SampleSettings& settings, int width, int height) {
  Request request;
  request.width = width;
  request.height = height;
  request.batch = settings.batch;
  request.seed = settings.seed;
  request.seeds = settings.seeds;
  request.noise = settings.noise;
  request.latents = settings.latents;
  request.vae = settings.vae;
  request.max_memory_bytes = settings.max_memory_bytes;
  return request;
}

Binding bind(const Setup& setup, std::shared_ptr<const Request> given) {
  const Pipeline::State& model = setup.model;
  const Request& request = *given;
  const bool guided = setup.plan.guidance.active();
  std::vector<std::uint64_t> seeds = checked_seeds(request);
  check_clip_skip(model, request);
  const Extent extent = checked_extent(model, request.width, request.height);
  std::vector<std::int64_t> shape = latent_shape(model, request, extent);
  check_latents(request, shape);
  device::check_events(*model.context, request.events);
  check_embeddings(model, request, guided);
  check_prompt_is_read(model, request);
  check_neighbours(model, request);
  check_tiles(request.vae, model.factor());
  check_prompts(request);
  const std::size_t chunks = prompt_chunks(model, request, guided);
  check_ranks(setup.plan, shape[2], setup.ranks);
  check_memory_limit(model, setup.plan, request);
  return {.request = std::move(given),
          .conditioning = {.request = request,
                           .extent = extent,
                           .guided = guided,
                           .scale = *setup.options.guidance.scale,
                           .chunks = chunks},
          .latent_shape = std::move(shape),
          .seeds = std::move(seeds)};
}

at::Tensor first_noise(const Binding& binding, sampling::SessionState& session) {
  const at::Device device = session.plan->denoiser.device();
  const std::optional<HostTensor>& given = binding.request->latents;
  return given ? to_tensor(*given, "latents").to(device)
               : session.noise->draw(binding.latent_shape, device);
}

void begin_as_noise(const Binding& binding, const Beginning& beginning) {
  const schedule::Trajectory& path = sampling::gaussian_of(*beginning.session.plan).trajectory;
  beginning.session.sample() = first_noise(binding, beginning.session) * path.initial_noise_scale;
}

}  // namespace latentrt::pipeline
