#include "sampling/stream_batch.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <utility>

#include "base/fail.hpp"

namespace latentrt::sampling {
namespace {

/// One number a stage -> [rows,1,1,1], every stage's number for each of its frames.
template <class Member>
at::Tensor by_row(const StreamShape& shape, at::Device device, Member member) {
  std::vector<double> numbers;
  for (const schedule::ConsistencyStage& stage : shape.stages)
    numbers.insert(numbers.end(), static_cast<std::size_t>(shape.frames), member(stage));
  return at::tensor(numbers, at::TensorOptions(at::kFloat)).view({-1, 1, 1, 1}).to(device);
}

}  // namespace

StreamBatch::StreamBatch(std::shared_ptr<const Plan> plan, StreamShape shape,
                         const at::Tensor& noise, comm::Communicator* ranks)
    : shape_(std::move(shape)), network_(std::move(plan), shape_, ranks) {
  const at::Device device = network_.device();
  using Stage = schedule::ConsistencyStage;
  estimate_sample_ = by_row(shape_, device, [](const Stage& s) { return s.estimate.sample; });
  estimate_output_ = by_row(shape_, device, [](const Stage& s) { return s.estimate.output; });
  skip_ = by_row(shape_, device, [](const Stage& s) { return s.boundary.skip; });
  out_ = by_row(shape_, device, [](const Stage& s) { return s.boundary.out; });
  signal_ = by_row(shape_, device, [](const Stage& s) { return s.signal; });
  noise_level_ = by_row(shape_, device, [](const Stage& s) { return s.noise; });
  noise_ = noise.to(device).repeat_interleave(shape_.frames, 0);
  anchor_ = at::zeros_like(noise_);
  next_ = anchor_.narrow(0, shape_.frames, rows() - shape_.frames);
}

void StreamBatch::set_prompt(StreamPromptPtr prompt, bool for_all) {
  if (prompts_.empty() || for_all) {
    prompts_.assign(shape_.stages.size(), prompt);
    inputs_are_old_ = true;
  }
  prompt_ = std::move(prompt);
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

void StreamBatch::set_strength(double scale, double delta) {
  check_delta(shape_, delta);
  inputs_are_old_ |= (scale > 1) != guided_;
  scale_ = scale;
  delta_ = delta;
  guided_ = scale > 1 && shape_.guidance != StreamGuidance::none;
}

at::Tensor StreamBatch::push(const at::Tensor& latents) {
  const std::int64_t frames = shape_.frames;
  const auto first = [&](const at::Tensor& of_rows) { return of_rows.narrow(0, 0, frames); };
  return advance(latents * first(signal_) + first(noise_) * first(noise_level_), latents);
}

at::Tensor StreamBatch::push_noise(const at::Tensor& sample) {
  check_noise(shape_.guidance, scale_);
  return advance(sample, at::zeros_like(sample));
}

void StreamBatch::shift_prompts() {
  for (std::size_t stage = prompts_.size(); stage-- > 0;) {
    StreamPromptPtr& here = prompts_[stage];
    const StreamPromptPtr& before = stage == 0 ? prompt_ : prompts_[stage - 1];
    if (here == before) continue;
    here = before;
    inputs_are_old_ = true;
  }
}

/// It changes with prompts and rows, not from frame to frame.
void StreamBatch::refresh_inputs() {
  if (std::exchange(inputs_are_old_, false))
    network_.set_inputs(prompts_, shape_.negative_stages(guided_));
}

at::Tensor StreamBatch::estimate(const at::Tensor& sample, const at::Tensor& output) const {
  const std::int64_t count = sample.size(0);
  return estimate_sample_.narrow(0, 0, count) * sample +
         estimate_output_.narrow(0, 0, count) * output;
}

/// Residual guidance in terms of estimates: the virtual negative of a row is the noise that leads to its anchor, times
/// delta, so its own estimate is delta * anchor + (1 - delta) * sample / signal. No stock of noise is carried along.
at::Tensor StreamBatch::negative_estimate(const at::Tensor& sample, const at::Tensor& negatives) {
  if (shape_.guidance == StreamGuidance::full) return estimate(sample, negatives);
  if (shape_.guidance == StreamGuidance::onetime_negative) {
    const std::int64_t frames = shape_.frames;
    anchor_.narrow(0, 0, frames).copy_(estimate(sample.narrow(0, 0, frames), negatives));
  }
  if (delta_ == 1) return anchor_;
  return delta_ * anchor_ + (1 - delta_) * sample / signal_;
}

at::Tensor StreamBatch::advance(const at::Tensor& first, const at::Tensor& anchor) {
  const std::int64_t frames = shape_.frames, waiting = rows() - frames;
  const at::Tensor sample = at::cat({first, next_});
  anchor_ = at::cat({anchor, anchor_.narrow(0, 0, waiting)});
  shift_prompts();
  refresh_inputs();
  const at::Tensor output = network_.run(sample);
  const std::int64_t negatives = output.size(0) - rows();
  at::Tensor clean = estimate(sample, output.narrow(0, negatives, rows()));
  if (guided_) {
    const at::Tensor negative = negative_estimate(sample, output.narrow(0, 0, negatives));
    clean = negative + scale_ * (clean - negative);
  }
  const at::Tensor denoised = out_ * clean + skip_ * sample;
  next_ = signal_.narrow(0, frames, waiting) * denoised.narrow(0, 0, waiting);
  if (shape_.add_noise)
    next_ += noise_level_.narrow(0, frames, waiting) * noise_.narrow(0, frames, waiting);
  calls_ = std::min(calls_ + 1, delay() + 1);
  return calls_ > delay() ? denoised.narrow(0, waiting, frames) : at::Tensor();
}

}  // namespace latentrt::sampling
