#include <latentrt/stream.hpp>

#include <ATen/ops/cat.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <iterator>
#include <utility>

#include "accel/registry.hpp"
#include "base/fail.hpp"
#include "device/host_pool.hpp"
#include "device/translate.hpp"
#include "pipeline/host_data.hpp"
#include "pipeline/pipeline_state.hpp"
#include "pipeline/prompt_blend.hpp"
#include "pipeline/run_request.hpp"
#include "pipeline/similarity.hpp"
#include "pipeline/stream_shape.hpp"
#include "pipeline/stream_words.hpp"
#include "sampling/stream_batch.hpp"

namespace latentrt {
namespace {

/// Adds what it saw pass to a sum.
class Stopwatch {
 public:
  explicit Stopwatch(double& sum) : sum_(sum) {}
  ~Stopwatch() {
    sum_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

 private:
  double& sum_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// A frame on its way.
struct InFlight {
  std::uint64_t ticket;
  bool reported;  ///< nobody waits for its picture (any more)
};

/// Frames that go through the same stages with the same noise.
struct Lane {
  sampling::StreamBatch batch;
  std::deque<InFlight> in_flight{};
};

}  // namespace

/// What text encoders made of a prompt, and what the network reads of that.
struct FrameStream::Words : pipeline::PromptWords {};

using WordsPtr = std::shared_ptr<const FrameStream::Words>;

/// From one prompt to another.
struct Ramp {
  WordsPtr from, to;
  int done, frames;
  PromptBlend kind;
  bool immediate;
};

struct FrameStream::State {
  State(std::shared_ptr<const Pipeline::State> the_model, const StreamOptions& the_options,
        const std::vector<AcceleratorChoice>& the_accelerators)
      : model(std::move(the_model)),
        accelerators(accel::make_accelerators(the_accelerators)),
        options(the_options),
        extent(pipeline::checked_extent(*model, options.width, options.height)),
        speaker(model, plan_for(options), extent, options.residual),
        gate(options.similarity, options.seed),
        source({options.seed}) {
    pipeline::check_stream_options(options);
    if (model->structure_only)
      fail(Code::invalid_argument, "the pipeline was loaded without its weights (structure_only)");
    words = words_of(speaker.encode(options));
    lane.emplace(make_lane(options, source));
  }

  std::shared_ptr<const sampling::Plan> plan_for(const StreamOptions& wanted) const {
    return pipeline::stream_plan(*model, pipeline::stream_shape(*model, wanted), accelerators);
  }

  Lane make_lane(const StreamOptions& wanted, sampling::NoiseSource& noise) const {
    const sampling::StreamShape shape = pipeline::stream_shape(*model, wanted);
    const at::Tensor fixed = noise.draw(latent_shape(std::ssize(shape.stages)), model->device);
    Lane made{sampling::StreamBatch(plan_for(wanted), shape, fixed)};
    made.batch.set_strength(wanted.guidance, wanted.delta);
    made.batch.set_prompt(words->prompt, true);
    return made;
  }

  /// Frames in flight go on as they began; those that come take the new way.
  void change_lane(const StreamOptions& wanted) {
    sampling::NoiseSource fresh({wanted.seed});
    Lane made = make_lane(wanted, fresh);
    if (!lane->in_flight.empty()) retiring.push_back(std::move(*lane));
    lane.emplace(std::move(made));
    source = std::move(fresh);
  }

  std::vector<std::int64_t> latent_shape(std::int64_t rows) const {
    return {rows, model->info.latent_channels, extent.height / model->factor(),
            extent.width / model->factor()};
  }

  WordsPtr words_of(nn::NamedTensors conditioning) const {
    return std::make_shared<const Words>(Words{speaker.from(std::move(conditioning))});
  }

  void say(WordsPtr next, bool immediate) {
    words = std::move(next);
    lane->batch.set_prompt(words->prompt, immediate);
  }

  /// One frame further on the way to the prompt that was asked for.
  void advance_ramp() {
    if (!ramp) return;
    const double share = static_cast<double>(++ramp->done) / ramp->frames;
    say(share < 1 ? words_of(pipeline::blend(ramp->from->conditioning, ramp->to->conditioning,
                                             share, ramp->kind))
                  : ramp->to,
        ramp->immediate);
    if (share >= 1) ramp.reset();
  }

  at::Tensor encode(const at::Tensor& pictures) {
    const Stopwatch watch(stats.encode_s);
    return options.sample_posterior ? model->autoencoder->encode(pictures, source, {})
                                    : model->autoencoder->encode_mean(pictures, {});
  }

  std::vector<Image> decode(const at::Tensor& latents) {
    const Stopwatch watch(stats.decode_s);
    return pipeline::to_images(model->autoencoder->decode(latents, {}));
  }

  at::Tensor advance(Lane& through, const at::Tensor& latents, bool noise) {
    const Stopwatch watch(stats.denoise_s);
    ++stats.network_calls;
    return noise ? through.batch.push_noise(latents) : through.batch.push(latents);
  }

  /// The network on a full buffer. Frames of older lanes come out before those that overtook them on fewer stages.
  void run_buffer(std::vector<StreamFrame>& done) {
    const at::Tensor frames = at::cat(buffer), latents = buffer_is_noise ? frames : encode(frames);
    for (Lane& old : retiring) finish(old, advance(old, latents, false), done);
    std::erase_if(retiring, [](const Lane& old) { return old.in_flight.empty(); });
    for (const std::uint64_t ticket : tickets) lane->in_flight.push_back({ticket, false});
    for (std::size_t i = tickets.size(); i < buffer.size(); ++i)
      lane->in_flight.push_back({0, true});
    const at::Tensor finished = advance(*lane, latents, buffer_is_noise);
    last_frame = buffer.back();
    buffer.clear();
    tickets.clear();
    finish(*lane, finished, held);
    if (!retiring.empty()) return;
    std::move(held.begin(), held.end(), std::back_inserter(done));
    held.clear();
  }

  void finish(Lane& through, const at::Tensor& latents, std::vector<StreamFrame>& done) {
    if (!latents.defined()) return;
    for (Image& image : decode(latents)) {
      const InFlight frame = through.in_flight.front();
      through.in_flight.pop_front();
      if (options.similarity.threshold > 0) last_image = image;
      if (!frame.reported) report(done, frame.ticket, std::move(image), false);
    }
  }

  void report(std::vector<StreamFrame>& done, std::uint64_t ticket, Image image, bool skipped) {
    done.push_back({ticket, std::move(image), skipped});
    ++stats.finished;
    if (skipped) ++stats.skipped;
  }

  std::vector<StreamFrame> take(const at::Tensor& frame, bool noise) {
    if (!buffer.empty() && noise != buffer_is_noise) {
      fail(Code::invalid_argument, "frames and noise cannot share one buffer of {}",
           options.frame_buffer);
    }
    std::vector<StreamFrame> done;
    advance_ramp();
    buffer_is_noise = noise;
    buffer.push_back(frame);
    tickets.push_back(next_ticket);
    if (buffer.size() == static_cast<std::size_t>(options.frame_buffer)) run_buffer(done);
    ++next_ticket;
    ++stats.pushed;
    return done;
  }

  /// A similar frame may be left out once everything in flight is similar too: what comes out then is what has come out.
  bool drained() const {
    return !ramp && buffer.empty() && retiring.empty() && alike >= lane->in_flight.size() &&
           last_image.width > 0;
  }

  std::vector<StreamFrame> skip() {
    std::vector<StreamFrame> done;
    for (InFlight& frame : lane->in_flight)
      if (!std::exchange(frame.reported, true)) report(done, frame.ticket, last_image, false);
    report(done, next_ticket++, last_image, true);
    ++stats.pushed;
    return done;
  }

  bool anybody_waits() const {
    const auto waits = [](const Lane& through) {
      return std::any_of(through.in_flight.begin(), through.in_flight.end(),
                         [](const InFlight& frame) { return !frame.reported; });
    };
    return !tickets.empty() || waits(*lane) || std::any_of(retiring.begin(), retiring.end(), waits);
  }

  const device::PoolLease memory;
  const std::shared_ptr<const Pipeline::State> model;
  const std::vector<AcceleratorPtr> accelerators;
  StreamOptions options;
  const pipeline::Extent extent;
  const pipeline::StreamSpeaker speaker;
  pipeline::SimilarityGate gate;
  sampling::NoiseSource source;
  WordsPtr words;  ///< of the frames that come
  std::optional<Ramp> ramp;
  std::optional<Lane> lane;       ///< of the frames that come
  std::vector<Lane> retiring;     ///< oldest first
  std::vector<StreamFrame> held;  ///< finished before older frames were
  StreamStats stats;
  std::uint64_t next_ticket = 0;
  std::vector<at::Tensor> buffer;  ///< frames that wait for a full call
  std::vector<std::uint64_t> tickets;
  bool buffer_is_noise = false;
  std::size_t alike = 0;  ///< frames taken since the last one that differed
  at::Tensor last_frame;
  Image last_image;  ///< for frames that are left out
};

FrameStream::FrameStream(const Pipeline& pipeline, const StreamOptions& options,
                         const std::vector<AcceleratorChoice>& accelerators) {
  const c10::InferenceMode guard;
  state_ = translate_errors("the stream", [&] {
    return std::make_unique<State>(pipeline.state(), options, accelerators);
  });
}

void FrameStream::check(const Pipeline& pipeline, const StreamOptions& options,
                        const std::vector<AcceleratorChoice>& accelerators) {
  const Pipeline::State& model = *pipeline.state();
  pipeline::check_stream_options(options);
  pipeline::checked_extent(model, options.width, options.height);
  pipeline::check_prompts({.prompt = options.prompt, .negative = options.negative});
  const sampling::StreamShape shape = pipeline::stream_shape(model, options);
  sampling::check_delta(shape, options.delta);
  const auto plan = pipeline::stream_plan(model, shape, accel::make_accelerators(accelerators));
  sampling::StreamNetwork(plan, shape);
}

FrameStream::FrameStream(FrameStream&&) noexcept = default;
FrameStream& FrameStream::operator=(FrameStream&&) noexcept = default;
FrameStream::~FrameStream() = default;

std::vector<StreamFrame> FrameStream::push(const PixelView& frame) {
  const c10::InferenceMode guard;
  const device::PoolScope pool;
  State& s = *state_;
  pipeline::check_size(frame, s.extent);
  return translate_errors("the stream", [&] {
    const at::Tensor picture = pipeline::to_tensor(frame).to(s.model->device);
    const bool similar = s.gate.may_skip(picture, s.next_ticket);
    if (similar && s.drained()) return s.skip();
    s.alike = similar ? s.alike + 1 : 1;
    return s.take(picture, false);
  });
}

std::vector<StreamFrame> FrameStream::push_noise() {
  const c10::InferenceMode guard;
  const device::PoolScope pool;
  return translate_errors("the stream", [&] {
    return state_->take(state_->source.draw(state_->latent_shape(1), state_->model->device), true);
  });
}

std::vector<StreamFrame> FrameStream::drain() {
  const c10::InferenceMode guard;
  const device::PoolScope pool;
  State& s = *state_;
  return translate_errors("the stream", [&] {
    std::vector<StreamFrame> done;
    while (s.anybody_waits()) {
      if (s.buffer.empty()) s.buffer.push_back(s.last_frame);
      s.buffer.resize(static_cast<std::size_t>(s.options.frame_buffer), s.buffer.back());
      s.run_buffer(done);
    }
    return done;
  });
}

StreamOptions StreamUpdate::changed(const StreamOptions& options) const {
  StreamOptions result = options;
  if (prompt) result.prompt = *prompt;
  if (negative) result.negative = *negative;
  result.guidance = guidance.value_or(result.guidance);
  result.delta = delta.value_or(result.delta);
  result.t_index = t_index.value_or(result.t_index);
  result.seed = seed.value_or(result.seed);
  return result;
}

std::shared_ptr<const FrameStream::Words> FrameStream::prepare(const StreamUpdate& update,
                                                               const StreamOptions& options) const {
  const c10::InferenceMode guard;
  const StreamOptions changed = update.changed(options);
  pipeline::check_stream_options(changed);
  pipeline::check_ramp(update.ramp);
  const bool told = update.guidance && state_->model->unet_config.embeds_guidance();
  if (!update.prompt && !update.negative && !told) return nullptr;
  return translate_errors("the prompt",
                          [&] { return state_->words_of(state_->speaker.encode(changed)); });
}

void FrameStream::apply(const StreamUpdate& update, std::shared_ptr<const Words> words) {
  const c10::InferenceMode guard;
  State& s = *state_;
  StreamOptions wanted = update.changed(s.options);
  pipeline::check_stream_options(wanted);
  if (wanted.t_index != s.options.t_index || wanted.seed != s.options.seed) s.change_lane(wanted);
  s.lane->batch.set_strength(wanted.guidance, wanted.delta);
  if (words && update.ramp > 1) {
    s.ramp = {s.words, std::move(words), 0, update.ramp, update.blend, update.immediate};
  } else if (words) {
    s.ramp.reset();
    s.say(std::move(words), update.immediate);
  }
  s.options = std::move(wanted);
  s.gate.forget();
}

void FrameStream::update(const StreamUpdate& update) {
  apply(update, prepare(update, state_->options));
}

const StreamOptions& FrameStream::options() const noexcept { return state_->options; }
const StreamStats& FrameStream::stats() const noexcept { return state_->stats; }
int FrameStream::width() const noexcept { return state_->extent.width; }
int FrameStream::height() const noexcept { return state_->extent.height; }
int FrameStream::delay() const noexcept {
  return static_cast<int>(state_->lane->batch.delay()) * state_->options.frame_buffer;
}

}  // namespace latentrt
