#include "bench/unet_runs.hpp"

#include <ATen/ops/full.h>

#include <utility>

#include "base/fail.hpp"
#include "nn/weights/scalar_type.hpp"
#include "sampling/noise.hpp"

namespace latentrt::pipeline {
namespace {

constexpr std::int64_t kTokens = 77;
constexpr std::uint64_t kSeed = 1;

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

UnetRuns::UnetRuns(const Pipeline::State& model, int width, int height, int rows,
                   std::shared_ptr<const sampling::Plan> plan)
    : plan_(std::move(plan)), inputs_(random_conditioning(model, rows)) {
  const models::Denoiser& denoiser = plan_->denoiser;
  inputs_["sample"] =
      nn::placed(random_latents(model, width, height, rows), denoiser.weights->placement());
  inputs_.merge(nn::run(plan_->prompt_prologue, *denoiser.weights, *denoiser.ops, inputs_));
}

nn::NamedTensors UnetRuns::step_inputs(const nn::OpSet& ops) const {
  nn::NamedTensors step = inputs_;
  step.merge(nn::run(plan_->time_prologue, *plan_->denoiser.weights, ops, inputs_));
  return step;
}

void UnetRuns::run(const nn::OpSet& ops) const {
  nn::run(network(), *plan_->denoiser.weights, ops, step_inputs(ops));
}

void UnetRuns::run(sampling::Space& space) const {
  space.run(network(), step_inputs(*plan_->denoiser.ops));
}

void UnetRuns::run(sampling::Launch& launch) const {
  launch.run(network(), step_inputs(*plan_->denoiser.ops));
}

}  // namespace latentrt::pipeline
