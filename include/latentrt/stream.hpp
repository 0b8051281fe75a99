#pragma once
/// A stream of frames in, a stream of generated frames out (Kodaira et al. 2023, StreamDiffusion). For models that need
/// few steps: latent consistency models, SD-Turbo.

#include <cstdint>
#include <latentrt/accelerator.hpp>
#include <latentrt/image.hpp>
#include <latentrt/picture.hpp>
#include <latentrt/pipeline.hpp>
#include <latentrt/pixels.hpp>
#include <latentrt/ranks.hpp>
#include <latentrt/stream_options.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace latentrt {

/// A finished frame.
struct StreamFrame {
  std::uint64_t ticket = 0;  ///< of the frame that it was made from: the first has 0
  Image image;               ///< empty on ranks other than the first
  bool skipped =
      false;  ///< left out as similar, or to keep the pace: the picture is that of the frame before
  Picture picture{};  ///< in place of the image, with StreamOptions::keep_on_device
};

/// What may change while frames are in flight; absent fields stay.
struct StreamUpdate {
  std::optional<std::string> prompt{}, negative{};
  /// They hold for frames in flight too. Frames whose first stage has no signal have a delta of 1.
  std::optional<double> guidance{}, delta{};
  /// Other stages, as many as may be, or other fixed noise: frames in flight go on as they began, next to those that come,
  /// and come out before them. No frame is lost, and none is seen half done.
  std::optional<std::vector<int>> t_index{};
  std::optional<std::uint64_t> seed{};
  /// Where the stream does not set it by the clock.
  std::optional<int> reduction{};
  /// A new prompt holds for all frames in flight too, also for those of earlier stages, and so is seen at once. Otherwise
  /// each frame keeps the prompt that it came with.
  bool immediate = false;

  /// A new prompt arrives over so many frames, each a step further on the way; 0 and 1 change at once.
  int ramp = 0;
  PromptBlend blend = PromptBlend::linear;

  /// The options with what is present changed.
  LATENTRT_API StreamOptions changed(const StreamOptions& options) const;
};

struct StreamStats {
  std::uint64_t pushed = 0, finished = 0, skipped = 0;
  std::uint64_t network_calls = 0;
  double encode_s = 0, denoise_s = 0, decode_s = 0;  ///< summed over calls
};

/// The stream itself, on the thread that calls it: all work of a frame is done in push(). It belongs to one thread at a
/// time. The same options, frames and updates give the same bits.
class LATENTRT_API FrameStream {
 public:
  /// Accelerators of the depth axis decide which part of the network each stage runs: "deepcache:interval=2" lets every
  /// second stage reuse what the same frame left at the stage before. One of the space axis ("patch") lets ranks share
  /// the pixels: they must all be given the same options, frames and updates, in the same order; the first one gets the
  /// images, and one that throws ends the others. Throws Error(invalid_argument) for options that do not fit the model or
  /// each other; with several ranks also for target_fps and recording.
  FrameStream(const Pipeline& pipeline, const StreamOptions& options,
              const std::vector<AcceleratorChoice>& accelerators = {},
              const Ranks& ranks = Ranks::alone());
  /// Throws what the constructor would throw about options, and computes nothing: a pipeline with structure_only is enough.
  static void check(const Pipeline& pipeline, const StreamOptions& options,
                    const std::vector<AcceleratorChoice>& accelerators = {},
                    const Ranks& ranks = Ranks::alone());
  /// Sentences about what will run, but hardly give good pictures: a model that nothing says was distilled for few steps. A
  /// pipeline with structure_only is enough.
  static std::vector<std::string> warnings(const Pipeline& pipeline);
  FrameStream(FrameStream&&) noexcept;
  FrameStream& operator=(FrameStream&&) noexcept;
  ~FrameStream();

  /// Takes a frame of width x height pixels and returns those that it finished, oldest first: with n stages and a buffer
  /// of f, a frame comes back with the last of its f after (n - 1) * f more. A frame in memory of the GPU is read on the context's stream,
  /// between the events. Throws Error: invalid_argument for a picture of another size, or memory that is not what it is said
  /// to be, which is not taken; out_of_memory, non_finite and device_lost, after which the stream must be made anew.
  std::vector<StreamFrame> push(const PixelView& frame, const Events& events = {});
  /// Text to image: noise in place of a frame.
  std::vector<StreamFrame> push_noise();
  /// Finishes the frames in flight, by sending the last one again behind them.
  std::vector<StreamFrame> drain();

  /// From the next frame on. Throws Error(invalid_argument) and changes nothing: for values out of range, stages that the
  /// model does not have, a delta that they cannot have, text that no tokenizer takes, and self_negative guidance while
  /// frames made of noise are in flight.
  void update(const StreamUpdate& update);

  /// The same in two halves, for those who do not want frames to wait for a text encoder: prepare() may run on another
  /// thread while push() does, and throws what update() throws; it gives nothing where the update says nothing new to the
  /// network. `options` are those that hold before the update.
  struct EncodedPrompt;
  using Words [[deprecated("use EncodedPrompt")]] = EncodedPrompt;
  std::shared_ptr<const EncodedPrompt> prepare(const StreamUpdate& update,
                                               const StreamOptions& options) const;
  void apply(const StreamUpdate& update, std::shared_ptr<const EncodedPrompt> prompt);

  /// What is done for the frames that come, in words: variants, accelerators and refused options.
  std::string explain() const;

  const StreamOptions& options() const noexcept;
  const StreamStats& stats() const noexcept;
  int width() const noexcept;
  int height() const noexcept;
  /// At most so many frames must follow a frame until it comes out: n * f - 1, or more while frames of earlier stages are in
  /// flight.
  int delay() const noexcept;

 private:
  struct LATENTRT_LOCAL State;
  std::unique_ptr<State> state_;
};

}  // namespace latentrt
