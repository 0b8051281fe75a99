#pragma once
/// Turns a stream of input frames into a stream of generated frames (Kodaira et al. 2023,
/// StreamDiffusion). For models that need few steps: latent consistency models, SD-Turbo.

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
  std::uint64_t ticket = 0;  ///< number of the input frame that it was made from; the first has 0
  Image image;               ///< empty on ranks other than the first
  /// not computed, because it is similar or to keep the frame rate: the picture is that of the
  /// frame before
  bool skipped = false;
  Picture picture{};  ///< instead of the image, with StreamOptions::keep_on_device
};

/// Settings that may change while frames are in flight; absent fields stay as they are.
struct StreamUpdate {
  std::optional<std::string> prompt{}, negative{};
  /// Also affect frames in flight. Frames whose first stage has no signal have a delta of 1.
  std::optional<double> guidance{}, delta{};
  /// Changes the stages (their number too) or the fixed noise. Frames in flight continue with the
  /// old ones and come out before the new frames. No frame is lost, and none is a mixture.
  std::optional<std::vector<int>> t_index{};
  std::optional<std::uint64_t> seed{};
  /// For streams in which target_fps does not set it.
  std::optional<int> reduction{};
  /// Applies a new prompt to all frames in flight too, including those of earlier stages, so that
  /// its effect is visible at once. Otherwise each frame keeps the prompt that it was pushed with.
  bool immediate = false;

  /// Blends to a new prompt over this many frames, one step per frame; 0 and 1 change at once.
  int ramp = 0;
  PromptBlend blend = PromptBlend::linear;

  /// A copy of the options with the present fields changed.
  LATENTRT_API StreamOptions changed(const StreamOptions& options) const;
};

struct StreamStats {
  std::uint64_t pushed = 0, finished = 0, skipped = 0;
  std::uint64_t network_calls = 0;
  double encode_s = 0, denoise_s = 0, decode_s = 0;  ///< sums over all calls
};

/// The stream on the caller's own thread: push() does all work of a frame. Belongs to one thread at
/// a time. The same options, frames and updates produce the same bits.
class LATENTRT_API FrameStream {
 public:
  /// Accelerators of the depth axis decide which part of the network each stage runs: with
  /// "deepcache:interval=2" every second stage reuses values that the previous stage kept for the
  /// same frame. With the space axis ("patch") ranks share the pixels: all must be given the same
  /// options, frames and updates, in the same order; the first one gets the images, and a rank that
  /// throws ends the others. Throws Error(invalid_argument) for options that do not fit the model
  /// or each other; with several ranks also for target_fps and recording.
  FrameStream(const Pipeline& pipeline, const StreamOptions& options,
              const std::vector<AcceleratorChoice>& accelerators = {},
              const Ranks& ranks = Ranks::alone());
  /// Throws what the constructor would throw about options, and computes nothing. The pipeline may
  /// be structure_only.
  static void check(const Pipeline& pipeline, const StreamOptions& options,
                    const std::vector<AcceleratorChoice>& accelerators = {},
                    const Ranks& ranks = Ranks::alone());
  /// Warnings about combinations that run but hardly produce good pictures: a model that is not
  /// marked as distilled for few steps. The pipeline may be structure_only.
  static std::vector<std::string> warnings(const Pipeline& pipeline);
  FrameStream(FrameStream&&) noexcept;
  FrameStream& operator=(FrameStream&&) noexcept;
  ~FrameStream();

  /// Takes a frame of width x height pixels and returns the frames that it finished, oldest first.
  /// With n stages and a buffer of f, a frame comes out after the last of its f and (n - 1) * f
  /// more have been pushed. A frame in GPU memory is read on the context's stream, between the
  /// events. Throws Error: invalid_argument for a picture of another size, or memory of another
  /// kind than stated (the frame is not taken); out_of_memory, non_finite and device_lost, after
  /// which the stream must be created anew.
  std::vector<StreamFrame> push(const PixelView& frame, const Events& events = {});
  /// Text to image: pushes noise instead of a frame.
  std::vector<StreamFrame> push_noise();
  /// Finishes the frames in flight, by pushing copies of the last one after them.
  std::vector<StreamFrame> drain();

  /// Takes effect from the next frame on. Throws Error(invalid_argument) and changes nothing: for
  /// values out of range, stages that the model does not have, a delta that they cannot have, text
  /// that the tokenizer refuses, and self_negative guidance while frames made of noise are in
  /// flight.
  void update(const StreamUpdate& update);

  /// update() in two halves, for callers whose frames must not wait for a text encoder: prepare()
  /// may run on another thread during push(), and throws what update() throws; it returns null if
  /// the update changes none of the network's inputs. `options` are those in effect before the
  /// update.
  struct EncodedPrompt;
  using Words [[deprecated("use EncodedPrompt")]] = EncodedPrompt;
  std::shared_ptr<const EncodedPrompt> prepare(const StreamUpdate& update,
                                               const StreamOptions& options) const;
  void apply(const StreamUpdate& update, std::shared_ptr<const EncodedPrompt> prompt);

  /// Describes what is done for new frames: variants, accelerators and refused options.
  std::string explain() const;

  const StreamOptions& options() const noexcept;
  const StreamStats& stats() const noexcept;
  int width() const noexcept;
  int height() const noexcept;
  /// The largest number of frames that must be pushed after a frame before it comes out: n * f - 1,
  /// or more while frames of earlier stages are in flight.
  int delay() const noexcept;

 private:
  struct LATENTRT_LOCAL State;
  std::unique_ptr<State> state_;
};

}  // namespace latentrt
