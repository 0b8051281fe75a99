#pragma once
/// What a stream is told before its first frame.

#include <cstdint>
#include <latentrt/accelerator.hpp>
#include <latentrt/api.hpp>
#include <latentrt/spec.hpp>
#include <optional>
#include <string>
#include <vector>

namespace latentrt {

/// Rows of a network call beside one for each frame in flight, and what they are for (Kodaira et al. 2023, section 3.2).
enum class StreamGuidance : std::uint8_t {
  none,           ///< no guidance
  self_negative,  ///< no further row: the frame itself stands for the negative
  onetime_negative,  ///< one row a frame, at the first stage: its estimate stands for the negative from then on
  full,              ///< one row for each: classifier-free guidance
};

/// The way from one prompt to another: straight, or along the arc between their directions.
enum class PromptBlend : std::uint8_t { linear, spherical };

/// Frames that look like the last one that was processed are left out, at random and the likelier the more alike they are
/// (Kodaira et al. 2023, section 3.4).
struct SimilarityFilter {
  double threshold =
      0;  ///< cosine similarity of the pictures above which frames may be left out; 0 never
  int max_skip = 10;  ///< in a row
};

struct StreamOptions {
  std::string prompt{};
  std::optional<std::string> negative{};
  bool weighted_prompts = false;
  /// Noise levels of the stages, by their place in a grid of 50 from the noisiest (0) down; rising. The first one decides
  /// how much of the frame is kept. Text to image starts from noise: 0/16/32/45 for a latent consistency model.
  std::vector<int> t_index{32, 45};
  int frame_buffer = 1;   ///< frames in one network call and stage
  bool add_noise = true;  ///< between the stages
  StreamGuidance residual = StreamGuidance::none;
  double guidance = 1.2;  ///< scale; off at 1 or less
  double delta =
      1;  ///< weight of the virtual negative's noise, in self_negative and onetime_negative
  int width = 0, height = 0;  ///< pixels; 0 takes the model's own size
  /// Of the fixed noise: one draw of [stages,C,h,w] from torch's CPU generator.
  std::uint64_t seed = 0;
  bool sample_posterior =
      false;  ///< draw latents from the encoder's distribution instead of taking its mean
  SimilarityFilter similarity{};
  /// Work to leave out of n stages. Up to n - 1: so many stages, spread evenly, but never the first; beyond that, one more
  /// of eight frames for each: the picture before it is given once more, as skipped. One of eight is always made.
  int reduction = 0;
  /// Frames a second to keep up: the stream changes `reduction` by what push() takes. What it makes then depends on the
  /// clock; a recording keeps it. 0 leaves `reduction` alone.
  double target_fps = 0;
  /// A file that keeps all that goes in, and what came out: see stream_recording.hpp. One that is there is replaced. Empty
  /// keeps none.
  std::string recording{};
  /// StreamFrame::picture instead of its image: on a GPU nothing is copied to the host, or waited for, or searched for NaN.
  bool keep_on_device = false;

  /// Fills in what "stream:t_index=32/45,rcfg=self" says; describe_accelerators() lists all keys. Throws
  /// Error(invalid_argument) that names key and value, and changes nothing then.
  LATENTRT_API void apply(const Spec& spec);
  /// Applies the specs that are called "stream" and gives back the others, for the stream's constructor.
  LATENTRT_API std::vector<AcceleratorChoice> apply_all(const std::vector<std::string>& specs);
  /// What apply() would take to give these options.
  LATENTRT_API Spec spec() const;
};

}  // namespace latentrt
