#include "tasks/run.hpp"

#include <utility>

#include "base/fail.hpp"
#include "base/stopwatch.hpp"
#include "device/memory/host_pool.hpp"
#include "device/order.hpp"
#include "pictures/host_data.hpp"
#include "pictures/picture_state.hpp"
#include "pictures/pixels.hpp"
#include "pipeline/conditioning.hpp"
#include "pipeline/prompts.hpp"
#include "sampling/gaussian/gaussian.hpp"
#include "sampling/run.hpp"
#include "tasks/shared_work.hpp"

namespace latentrt::pipeline {
namespace {

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

/// Pictures and latents, as the request wants them.
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

Result run(const Pipeline::State& model, sampling::SessionState& session, const Binding& binding,
           const StepCallback& on_step) {
  if (model.structure_only) {
    fail(Code::invalid_argument, "the pipeline was loaded without its weights (structure_only)");
  }
  const Request& request = *binding.request;
  const device::PoolScope pool;
  device::wait_for(*model.context, request.events);
  session.begin(binding.seeds);
  if (request.noise == NoiseKind::philox)
    session.noise = std::make_unique<sampling::PhiloxNoise>(binding.seeds);
  Result result;
  result.warnings =
      prompt_warnings(model, prompts_of(request, binding.conditioning.guided), reading_of(request));
  Stopwatch watch;
  nn::NamedTensors conditioning = make_conditioning(model, binding.conditioning);
  result.timings.text_s = watch.lap();
  binding.begin(binding, {session, conditioning});
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
  if (binding.finish && !result.images.empty()) binding.finish(result);
  device::signal(*model.context, request.events);
  result.timings.decode_s = watch.lap();
  return result;
}

}  // namespace latentrt::pipeline
