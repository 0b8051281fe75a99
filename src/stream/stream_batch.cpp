#include "stream/stream_batch.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <utility>

#include "accel/stream.hpp"
#include "base/fail.hpp"
#include "sampling/advance.hpp"

namespace latentrt::pipeline {
namespace {

constexpr double kNoSignalSigma = 4096;  // as in schedule::Step

/// The sample after each stage: at the level of the next one, or clean after the last.
sampling::NoisePtr noise_after_stages(const StreamShape& shape, const at::Tensor& noise,
                                      at::Device device) {
  sampling::Rows rows;
  for (std::int64_t stage = 1; stage <= noise.size(0); ++stage)
    rows.insert(rows.end(), static_cast<std::size_t>(shape.frames),
                std::min(stage, noise.size(0) - 1));
  return std::make_unique<sampling::FixedNoise>(
      sampling::select_rows(noise.to(device), rows).contiguous());
}

}  // namespace

schedule::Trajectory trajectory_of(const StreamShape& shape) {
  schedule::Trajectory trajectory;
  trajectory.image_weight = shape.stages.front().signal;
  trajectory.noise_weight = shape.stages.front().noise;
  for (std::size_t i = 0; i < shape.stages.size(); ++i) {
    const schedule::ConsistencyStage& stage = shape.stages[i];
    const bool last = i + 1 == shape.stages.size();
    const double signal = last ? 1 : shape.stages[i + 1].signal;
    schedule::Step& step = trajectory.steps.emplace_back();
    step.timestep = stage.timestep;
    step.sigma = stage.signal > 0 ? stage.noise / stage.signal : kNoSignalSigma;
    step.x0_from_sample = stage.estimate.sample;
    step.x0_from_output = stage.estimate.output;
    step.sample_weight = signal * stage.boundary.skip;
    step.x0_weight = signal * stage.boundary.out;
    step.draws_noise = shape.add_noise && !last;
    step.noise_weight = step.draws_noise ? shape.stages[i + 1].noise : 0;
  }
  return trajectory;
}

std::shared_ptr<const sampling::Plan> stream_plan(const nn::Network& denoiser,
                                                  const StreamShape& shape,
                                                  std::vector<AcceleratorPtr> accelerators) {
  accelerators.push_back(accel::make_stream_batch(shape.frames));
  if (AcceleratorPtr residual = accel::make_residual_guidance(shape.guidance))
    accelerators.push_back(std::move(residual));
  return sampling::make_plan(denoiser, trajectory_of(shape), {}, std::move(accelerators));
}

bool takes_delta(const StreamShape& shape, double delta) {
  const bool is_virtual = shape.guidance == StreamGuidance::self_negative ||
                          shape.guidance == StreamGuidance::onetime_negative;
  return !is_virtual || delta == 1 || shape.stages.front().signal != 0;
}

void check_delta(const StreamShape& shape, double delta) {
  if (takes_delta(shape, delta)) return;
  fail(Code::invalid_argument,
       "delta {} needs some signal in the first stage, which has none; 1 works without", delta);
}

void check_noise(StreamGuidance guidance, double scale) {
  if (guidance != StreamGuidance::self_negative || scale <= 1) return;
  fail(Code::invalid_argument,
       "self_negative guidance needs frames; text to image has none to stand for the negative");
}

StreamBatch::StreamBatch(std::shared_ptr<const sampling::Plan> plan, StreamShape shape,
                         const at::Tensor& noise, comm::Communicator* ranks)
    : shape_(std::move(shape)), session_(std::move(plan)) {
  const at::Device device = session_.plan->denoiser.device();
  session_.begin({});
  session_.noise = noise_after_stages(shape_, noise, device);
  session_.ranks = ranks;
  first_noise_ = noise.narrow(0, 0, 1).to(device);
}

void StreamBatch::set_prompt(sampling::PromptPtr prompt, bool for_all) {
  if (for_all)
    for (sampling::ItemPrompt& item : session_.prompts) item.prompt = prompt;
  prompt_ = std::move(prompt);
}

void StreamBatch::set_strength(double scale, double delta) {
  check_delta(shape_, delta);
  const bool guided = shape_.guidance != StreamGuidance::none;
  session_.guidance = {.scale = guided ? scale : 1,
                       .begin = shape_.guided_from,
                       .end = shape_.guided_to,
                       .delta = delta};
}

at::Tensor StreamBatch::push(const at::Tensor& latents) {
  const schedule::ConsistencyStage& stage = shape_.stages.front();
  return advance(latents * stage.signal + first_noise_ * stage.noise, latents);
}

at::Tensor StreamBatch::push_noise(const at::Tensor& sample) {
  check_noise(shape_.guidance, session_.guidance.scale);
  return advance(sample, at::zeros_like(sample));
}

at::Tensor StreamBatch::advance(const at::Tensor& first, const at::Tensor& clean) {
  sampling::State entering{{"sample", first}};
  session_.plan->guidance_rule->enter(entering, clean);
  const sampling::Turn turn = session_.plan->batch->next(session_.steps);
  // Until the first frames arrive, the rows after them have no meaning.
  const auto entered = std::ranges::count(turn.from, sampling::kNewRow);
  for (auto& [name, value] : entering) {
    std::vector<std::int64_t> sizes = value.sizes().vec();
    sizes[0] = entered - value.size(0);
    if (sizes[0] > 0) value = at::cat({value, at::zeros(sizes, value.options())});
  }
  session_.move_items(turn.from, entering, prompt_);
  sampling::advance(session_, turn);
  const std::int64_t leaving = rows() - shape_.frames;
  return std::cmp_greater(session_.calls, delay())
             ? session_.sample().narrow(0, leaving, shape_.frames).clone()
             : at::Tensor();
}

}  // namespace latentrt::pipeline
