#include <latentrt/stream.hpp>

#include <fmt/format.h>

#include <utility>

#include "accel/registry.hpp"
#include "device/on_device.hpp"
#include "stream/shape.hpp"
#include "stream/state.hpp"
#include "tasks/ranks_state.hpp"
#include "tasks/shared_work.hpp"

namespace latentrt {
namespace {

/// Work on frames, in the stream's own memory. An exception is forwarded to the other ranks.
template <class Stream, class Work>
auto in_stream(const Stream& stream, Work&& work) {
  const device::PoolScope pool;
  try {
    return on_device(*stream.model->context, "the stream", std::forward<Work>(work));
  } catch (const std::exception& error) {
    stream.ranks.give_up(error.what());
    throw;
  }
}

}  // namespace

FrameStream::FrameStream(const Pipeline& pipeline, const StreamOptions& options,
                         const std::vector<AcceleratorChoice>& accelerators, const Ranks& ranks) {
  state_ = on_device(*pipeline.state()->context, "the stream", [&] {
    return std::make_unique<State>(pipeline.state(), options, accelerators, ranks);
  });
}

void FrameStream::check(const Pipeline& pipeline, const StreamOptions& options,
                        const std::vector<AcceleratorChoice>& accelerators, const Ranks& ranks) {
  const Pipeline::State& model = *pipeline.state();
  pipeline::check_prompts_suffice(model);
  pipeline::check_stream_options(options);
  pipeline::check_stream_ranks(options, ranks.size());
  const pipeline::Extent extent = pipeline::checked_extent(model, options.width, options.height);
  pipeline::check_prompts({.prompt = options.prompt, .negative = options.negative});
  const auto made = accel::make_accelerators(accelerators);
  pipeline::check_stages(model, options, made);
  const auto plan =
      pipeline::stream_plan(model.denoiser, pipeline::stream_shape(model, options), made);
  pipeline::check_ranks(*plan, extent.height / model.factor(), ranks.state()->communicator.get());
}

std::vector<std::string> FrameStream::warnings(const Pipeline& pipeline) {
  const PipelineInfo info = pipeline.info();
  if (!info.distillation.empty()) return {};
  return {fmt::format(
      "nothing says that the model was distilled for few steps (its scheduler is {}): the pictures "
      "of a stream will be poor; take a latent consistency or Turbo model, or add a LoRA of one",
      info.scheduler_class)};
}

FrameStream::FrameStream(FrameStream&&) noexcept = default;
FrameStream& FrameStream::operator=(FrameStream&&) noexcept = default;
FrameStream::~FrameStream() = default;

std::vector<StreamFrame> FrameStream::push(const PixelView& frame, const Events& events) {
  return in_stream(*state_, [&] { return state_->push(frame, events); });
}

std::vector<StreamFrame> FrameStream::push_noise() {
  return in_stream(*state_, [&] { return state_->push_noise(); });
}

std::vector<StreamFrame> FrameStream::drain() {
  return in_stream(*state_, [&] { return state_->drain(); });
}

StreamOptions StreamUpdate::changed(const StreamOptions& options) const {
  StreamOptions result = options;
  if (prompt) result.prompt = *prompt;
  if (negative) result.negative = *negative;
  result.guidance = guidance.value_or(result.guidance);
  result.delta = delta.value_or(result.delta);
  result.t_index = t_index.value_or(result.t_index);
  result.seed = seed.value_or(result.seed);
  result.reduction = reduction.value_or(result.reduction);
  return result;
}

std::shared_ptr<const FrameStream::EncodedPrompt> FrameStream::prepare(
    const StreamUpdate& update, const StreamOptions& options) const {
  const StreamOptions changed = update.changed(options);
  pipeline::check_ramp(update.ramp);
  state_->check_values(changed);
  if (changed.t_index != options.t_index || changed.reduction != options.reduction)
    pipeline::check_stages(*state_->model, changed, state_->accelerators);
  const bool embedded = update.guidance && state_->model->embeds_guidance();
  if (!update.prompt && !update.negative && !embedded) return nullptr;
  return on_device(*state_->model->context, "the prompt",
                   [&] { return state_->encoded(state_->prompt_encoder.encode(changed)); });
}

void FrameStream::apply(const StreamUpdate& update, std::shared_ptr<const EncodedPrompt> prompt) {
  on_device(*state_->model->context, "the stream",
            [&] { state_->apply(update, std::move(prompt)); });
}

void FrameStream::update(const StreamUpdate& update) {
  apply(update, prepare(update, state_->options));
}

std::string FrameStream::explain() const { return state_->plan_for(state_->options)->explain(); }

const StreamOptions& FrameStream::options() const noexcept { return state_->options; }
const StreamStats& FrameStream::stats() const noexcept { return state_->stats; }
int FrameStream::width() const noexcept { return state_->extent.width; }
int FrameStream::height() const noexcept { return state_->extent.height; }
int FrameStream::delay() const noexcept {
  const int buffer = state_->options.frame_buffer;
  return static_cast<int>(state_->lanes->delay()) * buffer + buffer - 1;
}

}  // namespace latentrt
