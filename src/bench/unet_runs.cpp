#include "bench/unet_runs.hpp"

#include <ATen/ops/full.h>

#include <utility>

#include "base/fail.hpp"
#include "nn/program/shapes.hpp"
#include "sampling/noise.hpp"

namespace latentrt::pipeline {
namespace {

constexpr std::uint64_t kSeed = 1;
constexpr double kScalar = 500;  // for timesteps, sizes and scales

at::Tensor random_input(const nn::InputSpec& spec, const nn::Shape& shape,
                        at::Generator& generator) {
  const auto options = at::TensorOptions(at::kFloat);
  if (spec.type == nn::ElementType::weights)
    return sampling::draw_noise(shape, generator, at::kCPU);
  return at::full(shape, spec.limit > 0 ? static_cast<double>(spec.limit / 2) : kScalar, options);
}

/// Random values for all declared inputs of the network.
nn::NamedTensors random_inputs(const nn::Network& network, const nn::Extents& extents) {
  at::Generator generator = sampling::make_generator(kSeed);
  nn::NamedTensors inputs;
  for (const auto& [name, shape] : nn::input_shapes(*network.program, extents)) {
    const nn::InputSpec& spec = network.program->declared(name);
    inputs[name] = network.placed(name, random_input(spec, shape, generator));
  }
  return inputs;
}

nn::Extents extents_of(const Pipeline::State& model, int width, int height, int rows) {
  return {.rows = rows,
          .tokens = model.tokens_per_chunk(),
          .height = height / model.factor(),
          .width = width / model.factor()};
}

void check_extents(const Pipeline::State& model, int width, int height, int rows) {
  const int factor = model.factor();
  if (rows < 1) fail(Code::invalid_argument, "batch {} is not positive", rows);
  if (width < factor || height < factor || width % factor != 0 || height % factor != 0) {
    fail(Code::invalid_argument, "size {} x {} is not made of positive multiples of {}", width,
         height, factor);
  }
}

}  // namespace

nn::NamedTensors random_decoder_inputs(const Pipeline::State& model, int width, int height,
                                       int rows) {
  check_extents(model, width, height, rows);
  return random_inputs(model.autoencoder->decoder(), extents_of(model, width, height, rows));
}

UnetRuns::UnetRuns(const Pipeline::State& model, int width, int height, int rows,
                   std::shared_ptr<const sampling::Plan> plan)
    : plan_(std::move(plan)) {
  check_extents(model, width, height, rows);
  inputs_ = random_inputs(plan_->denoiser, extents_of(model, width, height, rows));
  plan_->run_prologues(nn::Changes::per_prompt, inputs_);
}

nn::NamedTensors UnetRuns::step_inputs(const nn::OpSet& ops) const {
  nn::NamedTensors step = inputs_;
  for (const sampling::Part& part : plan_->prologues)
    if (part.changes == nn::Changes::per_step)
      step.merge(nn::run(part.program, *plan_->denoiser.weights, ops, step));
  return step;
}

void UnetRuns::run(const nn::OpSet& ops) const {
  nn::run(network(), *plan_->denoiser.weights, ops, step_inputs(ops));
}

void UnetRuns::run(sampling::NetworkCaller& caller) const {
  caller.run(network(), step_inputs(*plan_->denoiser.ops));
}

}  // namespace latentrt::pipeline
