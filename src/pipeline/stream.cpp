#include <latentrt/stream.hpp>

#include <ATen/ops/cat.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <utility>

#include "accel/registry.hpp"
#include "base/fail.hpp"
#include "device/translate.hpp"
#include "pipeline/conditioning.hpp"
#include "pipeline/host_data.hpp"
#include "pipeline/pipeline_state.hpp"
#include "pipeline/run_request.hpp"
#include "pipeline/similarity.hpp"
#include "sampling/stream_batch.hpp"

namespace latentrt {
namespace {

constexpr int kMaxFrameBuffer = 64;
constexpr double kMaxGuidance = 1000;

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

void check_range(std::string_view name, double value, double min, double max) {
  if (!(value >= min && value <= max))
    fail(Code::invalid_argument, "{} {} is outside {} to {}", name, value, min, max);
}

void check_options(const StreamOptions& options) {
  check_range("frame_buffer", options.frame_buffer, 1, kMaxFrameBuffer);
  check_range("guidance", options.guidance, 0, kMaxGuidance);
  check_range("delta", options.delta, 0, kMaxGuidance);
  check_range("similarity threshold", options.similarity.threshold, 0, 1);
  check_range("max_skip", options.similarity.max_skip, 0, 1e9);
}

sampling::StreamShape shape_of(const Pipeline::State& model, const StreamOptions& options) {
  return {.stages = schedule::consistency_stages(model.scheduler_options, options.t_index),
          .frames = options.frame_buffer,
          .add_noise = options.add_noise,
          .guidance = options.residual};
}

/// The stages as steps, so that a plan can be made of them.
schedule::Trajectory trajectory_of(const sampling::StreamShape& shape) {
  schedule::Trajectory trajectory;
  for (const schedule::ConsistencyStage& stage : shape.stages) {
    schedule::Step step;
    step.timestep = stage.timestep;
    step.sigma = stage.noise / stage.signal;
    trajectory.steps.push_back(step);
  }
  return trajectory;
}

bool reads_negative(const StreamOptions& options) {
  return options.residual == StreamGuidance::onetime_negative ||
         options.residual == StreamGuidance::full;
}

/// A frame on its way.
struct InFlight {
  std::uint64_t ticket;
  bool reported;  ///< nobody waits for its picture (any more)
};

}  // namespace

struct FrameStream::Words {
  std::shared_ptr<const sampling::StreamPrompt> prompt;
};

struct FrameStream::State {
  State(std::shared_ptr<const Pipeline::State> the_model, const StreamOptions& the_options,
        const std::vector<AcceleratorChoice>& accelerators)
      : model(std::move(the_model)),
        options(the_options),
        extent(pipeline::checked_extent(*model, options.width, options.height)),
        gate(options.similarity, options.seed),
        source({options.seed}) {
    check_options(options);
    sampling::StreamShape shape = shape_of(*model, options);
    plan = sampling::make_plan(model->denoiser, trajectory_of(shape), {},
                               accel::make_accelerators(accelerators));
    if (model->structure_only)
      fail(Code::invalid_argument, "the pipeline was loaded without its weights (structure_only)");
    const auto stages = static_cast<std::int64_t>(shape.stages.size());
    batch.emplace(plan, std::move(shape), source.draw(latent_shape(stages), model->device));
    batch->set_strength(options.guidance, options.delta);
    batch->set_prompt(encode_prompt(options), true);
  }

  std::vector<std::int64_t> latent_shape(std::int64_t rows) const {
    return {rows, model->info.latent_channels, extent.height / model->factor(),
            extent.width / model->factor()};
  }

  /// Reads what never changes alone, so any thread may call it.
  std::shared_ptr<const sampling::StreamPrompt> encode_prompt(const StreamOptions& words) const {
    const bool guided = reads_negative(words);
    const Request request{.prompt = words.prompt,
                          .negative = words.negative,
                          .weighted_prompts = words.weighted_prompts};
    pipeline::check_prompts(request);
    const auto conditioning = pipeline::make_conditioning(*model, request, extent, guided);
    return sampling::prepare_prompt(*plan, conditioning, guided);
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

  at::Tensor advance(const at::Tensor& frames, bool noise) {
    const at::Tensor latents = noise ? frames : encode(frames);
    const Stopwatch watch(stats.denoise_s);
    ++stats.network_calls;
    return noise ? batch->push_noise(latents) : batch->push(latents);
  }

  /// Runs the network on a full buffer and adds what it finished to `done`.
  void run_buffer(std::vector<StreamFrame>& done) {
    const at::Tensor finished = advance(at::cat(buffer), buffer_is_noise);
    for (const std::uint64_t ticket : tickets) in_flight.push_back({ticket, false});
    for (std::size_t i = tickets.size(); i < buffer.size(); ++i) in_flight.push_back({0, true});
    last_frame = buffer.back();
    buffer.clear();
    tickets.clear();
    if (!finished.defined()) return;
    for (Image& image : decode(finished)) {
      const InFlight frame = in_flight.front();
      in_flight.pop_front();
      last_image = std::move(image);
      if (!frame.reported) report(done, frame.ticket, false);
    }
  }

  void report(std::vector<StreamFrame>& done, std::uint64_t ticket, bool skipped) {
    done.push_back({ticket, last_image, skipped});
    ++stats.finished;
    if (skipped) ++stats.skipped;
  }

  std::vector<StreamFrame> take(const at::Tensor& frame, bool noise) {
    if (!buffer.empty() && noise != buffer_is_noise) {
      fail(Code::invalid_argument, "frames and noise cannot share one buffer of {}",
           options.frame_buffer);
    }
    std::vector<StreamFrame> done;
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
    return buffer.empty() && alike >= in_flight.size() && last_image.width > 0;
  }

  std::vector<StreamFrame> skip() {
    std::vector<StreamFrame> done;
    for (InFlight& frame : in_flight)
      if (!std::exchange(frame.reported, true)) report(done, frame.ticket, false);
    report(done, next_ticket++, true);
    ++stats.pushed;
    return done;
  }

  std::shared_ptr<const Pipeline::State> model;
  StreamOptions options;
  pipeline::Extent extent;
  pipeline::SimilarityGate gate;
  sampling::NoiseSource source;
  std::shared_ptr<const sampling::Plan> plan;
  std::optional<sampling::StreamBatch> batch;
  StreamStats stats;
  std::uint64_t next_ticket = 0;
  std::vector<at::Tensor> buffer;  ///< frames that wait for a full call
  std::vector<std::uint64_t> tickets;
  bool buffer_is_noise = false;
  std::deque<InFlight> in_flight;
  std::size_t alike = 0;  ///< frames taken since the last one that differed
  at::Tensor last_frame;
  Image last_image;
};

FrameStream::FrameStream(const Pipeline& pipeline, const StreamOptions& options,
                         const std::vector<AcceleratorChoice>& accelerators) {
  const c10::InferenceMode guard;
  state_ = translate_errors("the stream", [&] {
    return std::make_unique<State>(pipeline.state(), options, accelerators);
  });
}
FrameStream::FrameStream(FrameStream&&) noexcept = default;
FrameStream& FrameStream::operator=(FrameStream&&) noexcept = default;
FrameStream::~FrameStream() = default;

std::vector<StreamFrame> FrameStream::push(const Image& frame) {
  const c10::InferenceMode guard;
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
  return translate_errors("the stream", [&] {
    return state_->take(state_->source.draw(state_->latent_shape(1), state_->model->device), true);
  });
}

std::vector<StreamFrame> FrameStream::drain() {
  const c10::InferenceMode guard;
  State& s = *state_;
  return translate_errors("the stream", [&] {
    std::vector<StreamFrame> done;
    const auto waiting = [&] {
      return !s.buffer.empty() || std::any_of(s.in_flight.begin(), s.in_flight.end(),
                                              [](const InFlight& f) { return !f.reported; });
    };
    while (waiting()) {
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
  return result;
}

std::shared_ptr<const FrameStream::Words> FrameStream::prepare(const StreamOptions& options) const {
  const c10::InferenceMode guard;
  check_options(options);
  return translate_errors("the prompt", [&] {
    return std::make_shared<const Words>(Words{state_->encode_prompt(options)});
  });
}

void FrameStream::apply(const StreamOptions& options, std::shared_ptr<const Words> words,
                        bool immediate) {
  const c10::InferenceMode guard;
  check_options(options);
  state_->batch->set_strength(options.guidance, options.delta);
  if (words) state_->batch->set_prompt(words->prompt, immediate);
  state_->options.prompt = options.prompt;
  state_->options.negative = options.negative;
  state_->options.guidance = options.guidance;
  state_->options.delta = options.delta;
}

void FrameStream::update(const StreamUpdate& update) {
  const StreamOptions changed = update.changed(state_->options);
  apply(changed, update.prompt || update.negative ? prepare(changed) : nullptr, update.immediate);
}

const StreamOptions& FrameStream::options() const noexcept { return state_->options; }
const StreamStats& FrameStream::stats() const noexcept { return state_->stats; }
int FrameStream::width() const noexcept { return state_->extent.width; }
int FrameStream::height() const noexcept { return state_->extent.height; }
int FrameStream::delay() const noexcept {
  return static_cast<int>(state_->batch->delay()) * state_->options.frame_buffer;
}

}  // namespace latentrt
