#include "stream/state.hpp"

#include <ATen/ops/cat.h>

#include <utility>

#include "accel/registry.hpp"
#include "base/fail.hpp"
#include "base/stopwatch.hpp"
#include "device/order.hpp"
#include "pictures/host_data.hpp"
#include "pictures/picture_state.hpp"
#include "pictures/pixels.hpp"
#include "stream/prompt_blend.hpp"
#include "stream/shape.hpp"
#include "tasks/shared_work.hpp"

namespace latentrt {

using pipeline::reduced;

namespace {

const StreamOptions& checked(const StreamOptions& options, const Ranks& ranks) {
  pipeline::check_stream_options(options);
  pipeline::check_stream_ranks(options, ranks.size());
  return options;
}

std::optional<pipeline::RateController> controller_for(const StreamOptions& options) {
  if (options.target_fps == 0) return std::nullopt;
  return pipeline::RateController(options.target_fps, static_cast<int>(options.t_index.size()),
                                  options.frame_buffer, options.reduction);
}

}  // namespace

FrameStream::State::State(std::shared_ptr<const Pipeline::State> the_model,
                          const StreamOptions& the_options,
                          const std::vector<AcceleratorChoice>& the_accelerators,
                          const Ranks& the_ranks)
    : model(std::move(the_model)),
      accelerators(accel::make_accelerators(the_accelerators)),
      ranks(the_ranks),
      options(checked(the_options, ranks)),
      extent(pipeline::checked_extent(*model, options.width, options.height)),
      plan(plan_for(options)),
      prompt_encoder(model, plan, extent, options.residual),
      gate(options.similarity, options.seed),
      source({options.seed}) {
  pipeline::check_prompts_suffice(*model);
  if (model->structure_only)
    fail(Code::invalid_argument, "the pipeline was loaded without its weights (structure_only)");
  check_values(options);
  pipeline::check_ranks(*plan, latent_shape(1)[2], communicator());
  prompt = encoded(prompt_encoder.encode(options));
  lanes.emplace(make_batch(options, source));
  pace = controller_for(options);
  if (!options.recording.empty())
    recorder.emplace(options, the_accelerators, extent.width, extent.height);
}

std::shared_ptr<const sampling::Plan> FrameStream::State::plan_for(
    const StreamOptions& wanted) const {
  return pipeline::stream_plan(model->denoiser, pipeline::stream_shape(*model, reduced(wanted)),
                               accelerators);
}

std::vector<std::int64_t> FrameStream::State::latent_shape(std::int64_t rows) const {
  return {rows, model->info.latent_channels, extent.height / model->factor(),
          extent.width / model->factor()};
}

pipeline::StreamBatch FrameStream::State::make_batch(const StreamOptions& wanted,
                                                     sampling::TorchNoise& noise) const {
  const pipeline::StreamShape shape = pipeline::stream_shape(*model, reduced(wanted));
  const at::Tensor fixed = noise.draw(latent_shape(std::ssize(shape.stages)), model->device);
  pipeline::StreamBatch batch(plan_for(wanted), shape, fixed, communicator());
  batch.set_strength(wanted.guidance, wanted.delta);
  batch.set_prompt(prompt->rows, true);
  return batch;
}

FrameStream::State::EncodedPromptPtr FrameStream::State::encoded(
    nn::NamedTensors conditioning) const {
  return std::make_shared<const EncodedPrompt>(
      EncodedPrompt{prompt_encoder.from(std::move(conditioning))});
}

void FrameStream::State::set_prompt(EncodedPromptPtr next, bool immediate) {
  prompt = std::move(next);
  lanes->set_prompt(prompt->rows, immediate);
}

/// Advances the blend to the requested prompt by one frame.
void FrameStream::State::advance_ramp() {
  if (!ramp) return;
  const double share = static_cast<double>(++ramp->done) / ramp->frames;
  set_prompt(share < 1 ? encoded(pipeline::blend(ramp->from->conditioning, ramp->to->conditioning,
                                                 share, ramp->kind))
                       : ramp->to,
             ramp->immediate);
  if (share >= 1) ramp.reset();
}

FrameStream::State::Frames FrameStream::State::push(const PixelView& frame, const Events& events) {
  pipeline::check_size(frame, extent);
  pipeline::check_memory(*model->context, frame);
  device::check_events(*model->context, events);
  check_enters(false);
  keep_pace();
  return watched([&] {
    device::wait_for(*model->context, events);
    const bool left_out = leaves_out_next();
    const at::Tensor picture = left_out ? at::Tensor() : pipeline::to_tensor(frame, model->device);
    std::optional<pipeline::OwnedPixels> kept;
    if (recorder) kept = pipeline::OwnedPixels(frame, model->device).to_host();
    device::signal(*model->context, events);
    // From here on the frame is accepted: a refused one must not be in the recording.
    if (recorder) recorder->frame(frame.format, *kept);
    if (left_out) return repeat_last();
    const bool similar = gate.may_skip(picture, next_ticket);
    if (similar && is_drained()) return repeat_last();
    alike = similar ? alike + 1 : 1;
    return take(picture, false);
  });
}

FrameStream::State::Frames FrameStream::State::push_noise() {
  check_enters(true);
  keep_pace();
  if (recorder) recorder->noise();
  return watched([&] {
    if (leaves_out_next()) return repeat_last();
    return take(source.draw(latent_shape(1), model->device), true);
  });
}

FrameStream::State::Frames FrameStream::State::drain() {
  const auto waiting = [&] { return !buffered.empty() || lanes->anybody_waits(); };
  if (recorder && waiting()) recorder->drain();
  Frames done;
  while (waiting()) {
    if (buffer.empty()) buffer.push_back(last_frame);
    buffer.resize(static_cast<std::size_t>(options.frame_buffer), buffer.back());
    run_buffer(done);
  }
  record(done);
  return done;
}

/// The reduction requested by the clock, from the next frame on.
void FrameStream::State::keep_pace() {
  if (pace && pace->reduction() != options.reduction)
    apply({.reduction = pace->reduction()}, nullptr);
}

template <class Work>
FrameStream::State::Frames FrameStream::State::watched(Work&& work) {
  Stopwatch watch;
  Frames done = work();
  if (pace) pace->observe(watch.lap());
  record(done);
  return done;
}

void FrameStream::State::record(const Frames& done) {
  if (!recorder) return;
  for (const StreamFrame& frame : done) recorder->finished(frame);
}

FrameStream::State::Frames FrameStream::State::take(const at::Tensor& frame, bool noise) {
  Frames done;
  advance_ramp();
  buffer_is_noise = noise;
  buffer.push_back(frame);
  buffered.push_back({.ticket = next_ticket, .noise = noise, .reported = false});
  if (buffer.size() == static_cast<std::size_t>(options.frame_buffer)) run_buffer(done);
  ++next_ticket;
  ++stats.pushed;
  return done;
}

at::Tensor FrameStream::State::encode(const at::Tensor& pictures) {
  return options.sample_posterior ? model->autoencoder->encode(pictures, source, {})
                                  : model->autoencoder->encode_mean(pictures, {});
}

/// On ranks other than the first the pictures are empty.
std::vector<Shown> FrameStream::State::decode(const at::Tensor& latents) const {
  const at::Tensor decoded = pipeline::decode_together(*model, *plan, communicator(), latents, {});
  std::vector<Shown> shown;
  if (!decoded.defined()) {
    shown.resize(static_cast<std::size_t>(latents.size(0)));
  } else if (options.keep_on_device) {
    for (Picture& picture : pipeline::to_pictures(decoded, model->context))
      shown.push_back({{}, std::move(picture)});
  } else {
    for (Image& image : pipeline::to_images(decoded)) shown.push_back({std::move(image), {}});
  }
  return shown;
}

/// Runs the network on a full buffer.
void FrameStream::State::run_buffer(Frames& done) {
  Stopwatch watch;
  const at::Tensor frames = at::cat(buffer), latents = buffer_is_noise ? frames : encode(frames);
  stats.encode_s += watch.lap();
  buffered.resize(buffer.size());
  const auto finished = lanes->advance(latents, buffer_is_noise, buffered);
  stats.network_calls = lanes->calls();
  last_frame = buffer.back();
  buffer.clear();
  buffered.clear();
  stats.denoise_s += watch.lap();
  for (const auto& [in_flight, clean] : finished) {
    auto pictures = decode(clean);
    for (std::size_t i = 0; i < pictures.size(); ++i) {
      last_shown = pictures[i];
      if (!in_flight[i].reported) report(done, in_flight[i].ticket, std::move(pictures[i]), false);
    }
  }
  stats.decode_s += watch.lap();
}

void FrameStream::State::report(Frames& done, std::uint64_t ticket, Shown shown, bool skipped) {
  done.push_back({ticket, std::move(shown.image), skipped, std::move(shown.picture)});
  ++stats.finished;
  if (skipped) ++stats.skipped;
}

/// A similar frame may be skipped once all frames in flight are similar too: the next picture then
/// equals the last one.
bool FrameStream::State::is_drained() const {
  return !ramp && buffer.empty() && !lanes->changing() && alike >= lanes->in_newest() &&
         last_shown.has_value();
}

/// Whether the next frame is skipped by the reduction; never while a frame is in flight.
bool FrameStream::State::leaves_out_next() const {
  const auto place = next_ticket / static_cast<std::uint64_t>(options.frame_buffer);
  return buffer.empty() && !lanes->anybody_waits() && last_shown.has_value() &&
         !pipeline::work_level(options.reduction, static_cast<int>(options.t_index.size()))
              .computes(place);
}

FrameStream::State::Frames FrameStream::State::repeat_last() {
  Frames done;
  for (const std::uint64_t ticket : lanes->forget()) report(done, ticket, *last_shown, false);
  report(done, next_ticket++, *last_shown, true);
  ++stats.pushed;
  return done;
}

/// The checks of apply() before it builds anything. Reads only values that frames do not change.
void FrameStream::State::check_values(const StreamOptions& wanted) const {
  pipeline::check_stream_options(wanted);
  pipeline::check_delta(pipeline::stream_shape(*model, wanted), wanted.delta);
}

bool FrameStream::State::holds_noise() const {
  return (buffer_is_noise && !buffered.empty()) || lanes->noise_waits();
}

/// Throws Error(invalid_argument) for a frame, or noise, that cannot follow the frames in flight.
void FrameStream::State::check_enters(bool noise) const {
  if (noise) pipeline::check_noise(options.residual, options.guidance);
  if (!buffer.empty() && noise != buffer_is_noise) {
    fail(Code::invalid_argument, "frames and noise cannot share one buffer of {}",
         options.frame_buffer);
  }
}

/// Everything that can fail precedes the first change.
void FrameStream::State::apply(const StreamUpdate& update, EncodedPromptPtr next) {
  StreamOptions wanted = update.changed(options);
  check_values(wanted);
  if (holds_noise()) pipeline::check_noise(wanted.residual, wanted.guidance);
  if (reduced(wanted).t_index != reduced(options).t_index || update.seed) {
    sampling::TorchNoise fresh({wanted.seed});
    lanes->change_to(make_batch(wanted, fresh));
    if (update.seed) source = std::move(fresh);
  }
  lanes->set_strength(wanted.guidance, wanted.delta);
  if (next && update.ramp > 1) {
    ramp = {prompt, std::move(next), 0, update.ramp, update.blend, update.immediate};
  } else if (next) {
    ramp.reset();
    set_prompt(std::move(next), update.immediate);
  }
  const bool other_stages = wanted.t_index != options.t_index;
  options = std::move(wanted);
  if (other_stages) pace = controller_for(options);
  gate.forget();
  if (recorder) recorder->update(update);
}

}  // namespace latentrt
