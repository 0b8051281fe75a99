#include <latentrt/benchmark.hpp>
#include <latentrt/sampler.hpp>

#include <ATen/ops/full.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <c10/core/InferenceMode.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <algorithm>
#include <functional>

#include "base/fail.hpp"
#include "base/stopwatch.hpp"
#include "device/host_pool.hpp"
#include "nn/scalar_type.hpp"
#include "nn/timed_ops.hpp"
#include "pipeline/pipeline_state.hpp"
#include "sampling/noise.hpp"
#include "sampling/plan.hpp"

namespace latentrt {
namespace {

constexpr std::int64_t kTokens = 77;
constexpr std::uint64_t kSeed = 1;

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

/// Waits until the device has done what it was asked for.
std::function<void()> waiter(at::Device device) {
  if (device.is_cpu()) return [] {};
  return [device] { c10::impl::VirtualGuardImpl(device.type()).synchronizeDevice(device.index()); };
}

PartTiming time_runs(at::Device device, int runs, const std::function<void()>& work) {
  if (runs < 1) fail(Code::invalid_argument, "runs {} is not positive", runs);
  const c10::InferenceMode guard;
  const device::PoolScope pool;
  const auto finish = waiter(device);
  const auto time_once = [&] {
    Stopwatch watch;
    work();
    finish();
    return watch.lap();
  };
  PartTiming timing;
  timing.warm_up_s = time_once();
  for (int i = 0; i < runs; ++i) timing.runs_s.push_back(time_once());
  timing.median_s = median(timing.runs_s);
  timing.min_s = *std::min_element(timing.runs_s.begin(), timing.runs_s.end());
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

namespace {

/// Evaluations of the denoiser on random rows.
class UnetRuns {
 public:
  UnetRuns(const Pipeline::State& model, int width, int height, int rows, const nn::OpSet& ops)
      : denoiser_(model.denoiser),
        ops_(ops),
        plan_(sampling::make_plan(denoiser_, {}, {}, {})),
        inputs_(random_conditioning(model, rows)) {
    inputs_["sample"] =
        nn::placed(random_latents(model, width, height, rows), denoiser_.weights->placement());
    inputs_.merge(nn::run(plan_->prompt_prologue, *denoiser_.weights, *denoiser_.ops, inputs_));
  }

  void operator()() const {
    nn::NamedTensors step = inputs_;
    step.merge(nn::run(plan_->time_prologue, *denoiser_.weights, ops_, inputs_));
    nn::run(plan_->variants[0].program, *denoiser_.weights, ops_, step);
  }

 private:
  const models::Denoiser& denoiser_;
  const nn::OpSet& ops_;
  std::shared_ptr<const sampling::Plan> plan_;
  nn::NamedTensors inputs_;
};

}  // namespace

PartTiming time_unet(const Pipeline& pipeline, int width, int height, int rows, int runs) {
  const Pipeline::State& model = *pipeline.state();
  const UnetRuns run(model, width, height, rows, *model.denoiser.ops);
  return time_runs(model.device, runs, run);
}

std::vector<NodeProfile> profile_unet(const Pipeline& pipeline, int width, int height, int rows,
                                      int runs) {
  const Pipeline::State& model = *pipeline.state();
  nn::TimedOps timed(model.denoiser.ops, *model.denoiser.program, waiter(model.device));
  const UnetRuns run(model, width, height, rows, timed);
  time_runs(model.device, runs, run);
  std::vector<NodeProfile> profile;
  for (nn::NodeTime& node : timed.times()) {
    node.seconds.erase(node.seconds.begin());  // of the warm-up
    profile.push_back({std::move(node.name), std::move(node.kind), median(std::move(node.seconds)),
                       node.flops, node.bytes});
  }
  return profile;
}

DevicePeaks measure_peaks(const Pipeline& pipeline) {
  constexpr std::int64_t kSide = 2048, kBytes = std::int64_t{1} << 28;
  constexpr int kRuns = 5;
  const Pipeline::State& model = *pipeline.state();
  const nn::WeightPlacement& placement = model.denoiser.weights->placement();
  const auto options = at::TensorOptions(model.device).dtype(nn::scalar_type(placement.dtype));
  const at::Tensor square = at::full({kSide, kSide}, 0.5, options);
  const at::Tensor from = at::zeros({kBytes}, options.dtype(at::kByte)), to = at::zeros_like(from);
  const double product = time_runs(model.device, kRuns, [&] { square.matmul(square); }).min_s;
  const double copy = time_runs(model.device, kRuns, [&] { to.copy_(from); }).min_s;
  return {.flops_per_s = 2.0 * kSide * kSide * kSide / product, .bytes_per_s = 2.0 * kBytes / copy};
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
