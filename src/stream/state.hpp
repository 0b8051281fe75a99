#pragma once
/// The implementation of a FrameStream.

#include <cstdint>
#include <latentrt/stream.hpp>
#include <memory>
#include <optional>
#include <vector>

#include "device/memory/host_pool.hpp"
#include "pipeline/pipeline_state.hpp"
#include "stream/lanes.hpp"
#include "stream/prompt_encoder.hpp"
#include "stream/rate_controller.hpp"
#include "stream/recorder.hpp"
#include "stream/similarity.hpp"
#include "tasks/binding.hpp"
#include "tasks/ranks_state.hpp"

namespace latentrt {

/// The text encoders' output for a prompt, and the network's inputs from it.
struct FrameStream::EncodedPrompt : pipeline::EncodedPrompt {};

/// A blend from one prompt to another.
struct PromptRamp {
  std::shared_ptr<const FrameStream::EncodedPrompt> from, to;
  int done, frames;
  PromptBlend kind;
  bool immediate;
};

/// A finished picture, on the host or on its device.
struct Shown {
  Image image;
  Picture picture;
};

struct FrameStream::State {
  using EncodedPromptPtr = std::shared_ptr<const EncodedPrompt>;
  using Frames = std::vector<StreamFrame>;

  State(std::shared_ptr<const Pipeline::State> the_model, const StreamOptions& the_options,
        const std::vector<AcceleratorChoice>& the_accelerators, const Ranks& the_ranks);

  Frames push(const PixelView& frame, const Events& events);
  Frames push_noise();
  Frames drain();
  void apply(const StreamUpdate& update, EncodedPromptPtr next);

  EncodedPromptPtr encoded(nn::NamedTensors conditioning) const;
  std::shared_ptr<const sampling::Plan> plan_for(const StreamOptions& wanted) const;
  std::vector<std::int64_t> latent_shape(std::int64_t rows) const;
  pipeline::StreamBatch make_batch(const StreamOptions& wanted, sampling::TorchNoise& noise) const;
  void set_prompt(EncodedPromptPtr next, bool immediate);
  void advance_ramp();

  void keep_pace();
  template <class Work>
  Frames watched(Work&& work);
  void record(const Frames& done);

  void check_values(const StreamOptions& wanted) const;
  void check_enters(bool noise) const;
  bool holds_noise() const;

  Frames take(const at::Tensor& frame, bool noise);
  comm::Communicator* communicator() const { return ranks.state()->communicator.get(); }
  at::Tensor encode(const at::Tensor& pictures);
  std::vector<Shown> decode(const at::Tensor& latents) const;
  void run_buffer(Frames& done);
  void report(Frames& done, std::uint64_t ticket, Shown shown, bool skipped);

  bool is_drained() const;
  bool leaves_out_next() const;
  Frames repeat_last();

  const device::PoolLease memory;
  const std::shared_ptr<const Pipeline::State> model;
  const std::vector<AcceleratorPtr> accelerators;
  const Ranks ranks;
  StreamOptions options;
  const pipeline::Extent extent;
  const std::shared_ptr<const sampling::Plan> plan;  ///< for values that do not depend on stages
  const pipeline::PromptEncoder prompt_encoder;
  pipeline::SimilarityGate gate;
  sampling::TorchNoise source;
  EncodedPromptPtr prompt;  ///< prompt of new frames
  std::optional<PromptRamp> ramp;
  std::optional<pipeline::StreamLanes> lanes;
  std::optional<pipeline::RateController> pace;
  std::optional<pipeline::StreamRecorder> recorder;
  StreamStats stats;
  std::uint64_t next_ticket = 0;
  std::vector<at::Tensor> buffer;            ///< frames that wait for a full call
  std::vector<pipeline::InFlight> buffered;  ///< their tickets
  bool buffer_is_noise = false;
  std::size_t alike = 0;  ///< frames taken since the last one that differed
  at::Tensor last_frame;
  std::optional<Shown> last_shown;  ///< picture that replaces skipped frames
};

}  // namespace latentrt
