#include <latentrt/benchmark.hpp>
#include <latentrt/sampler.hpp>

#include <ATen/ops/full.h>
#include <ATen/ops/randn.h>
#include <c10/core/InferenceMode.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <algorithm>
#include <chrono>
#include <functional>

#include "base/fail.hpp"
#include "device/host_pool.hpp"
#include "pipeline/pipeline_state.hpp"
#include "sampling/noise.hpp"
#include "sampling/plan.hpp"

namespace latentrt {
namespace {

constexpr std::int64_t kTokens = 77;
constexpr std::uint64_t kSeed = 1;

PartTiming time_runs(at::Device device, int runs, const std::function<void()>& work) {
  if (runs < 1) fail(Code::invalid_argument, "runs {} is not positive", runs);
  const c10::InferenceMode guard;
  const device::PoolScope pool;
  const c10::impl::VirtualGuardImpl guard_impl(device.type());
  const auto finish = [&] {
    if (!device.is_cpu()) guard_impl.synchronizeDevice(device.index());
  };
  const auto time_once = [&] {
    const auto start = std::chrono::steady_clock::now();
    work();
    finish();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  PartTiming timing;
  timing.warm_up_s = time_once();
  for (int i = 0; i < runs; ++i) timing.runs_s.push_back(time_once());
  std::vector<double> sorted = timing.runs_s;
  std::sort(sorted.begin(), sorted.end());
  const std::size_t half = sorted.size() / 2;
  timing.median_s = sorted.size() % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  timing.min_s = sorted.front();
  return timing;
}

at::Tensor random_latents(const Pipeline::State& model, int width, int height, int rows) {
  const int factor = model.factor();
  if (rows < 1) fail(Code::invalid_argument, "batch {} is not positive", rows);
  if (width < factor || height < factor || width % factor != 0 || height % factor != 0) {
    fail(Code::invalid_argument, "size {} x {} is not made of positive multiples of {}", width,
         height, factor);
  }
  at::Generator generator = sampling::make_generator(kSeed);
  return sampling::draw_noise({rows, model.info.latent_channels, height / factor, width / factor},
                              generator, model.device);
}

nn::NamedTensors random_conditioning(const Pipeline::State& model, int rows) {
  at::Generator generator = sampling::make_generator(kSeed);
  const models::UnetConfig& unet = model.unet_config;
  const nn::WeightPlacement& placement = model.denoiser.weights->placement();
  const auto draw = [&](const std::vector<std::int64_t>& shape) {
    return nn::placed(sampling::draw_noise(shape, generator, model.device), placement);
  };
  nn::NamedTensors inputs{
      {"encoder_hidden_states", draw({rows, kTokens, unet.context_channels()})}};
  inputs["timestep"] = at::full({rows}, 500.0, at::TensorOptions(model.device).dtype(at::kFloat));
  if (!unet.text_time()) return inputs;
  inputs["text_embeds"] = draw({rows, unet.projection_input - 6 * unet.addition_time_channels});
  inputs["time_ids"] = at::full({rows, 6}, 512.0, inputs["timestep"].options());
  return inputs;
}

}  // namespace

PartTiming time_unet(const Pipeline& pipeline, int width, int height, int rows, int runs) {
  const Pipeline::State& model = *pipeline.state();
  const models::Denoiser& denoiser = model.denoiser;
  const auto plan = sampling::make_plan(denoiser, {}, {}, {});
  nn::NamedTensors inputs = random_conditioning(model, rows);
  inputs["sample"] =
      nn::placed(random_latents(model, width, height, rows), denoiser.weights->placement());
  inputs.merge(nn::run(plan->prompt_prologue, *denoiser.weights, *denoiser.ops, inputs));
  return time_runs(model.device, runs, [&] {
    nn::NamedTensors step = inputs;
    step.merge(nn::run(plan->time_prologue, *denoiser.weights, *denoiser.ops, inputs));
    nn::run(plan->variants[0].program, *denoiser.weights, *denoiser.ops, step);
  });
}

PartTiming time_vae_decode(const Pipeline& pipeline, int width, int height, int batch, int runs) {
  const Pipeline::State& model = *pipeline.state();
  const at::Tensor latents = random_latents(model, width, height, batch);
  return time_runs(model.device, runs, [&] { model.autoencoder->decode(latents, {}); });
}

PartTiming time_picture(const Pipeline& pipeline, int width, int height, int steps, int runs) {
  const Sampler sampler(pipeline, {.schedule = {}, .steps = steps, .guidance = {}});
  Session session = sampler.open();
  Request request;
  request.prompt = "a prompt";
  request.width = width;
  request.height = height;
  return time_runs(pipeline.state()->device, runs, [&] { session.run(request); });
}

PartTiming time_text(const Pipeline& pipeline, int batch, int runs) {
  const Pipeline::State& model = *pipeline.state();
  return time_runs(model.device, runs, [&] {
    for (int i = 0; i < batch; ++i) {
      for (const pipeline::TextEncoder& encoder : model.text_encoders) {
        encoder.encode("a prompt", false, {"last_hidden_state", "pooled"});
      }
    }
  });
}

}  // namespace latentrt
