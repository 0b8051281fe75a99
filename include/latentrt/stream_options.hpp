#pragma once
/// Settings of a stream before its first frame.

#include <cstdint>
#include <latentrt/accelerator.hpp>
#include <latentrt/api.hpp>
#include <latentrt/spec.hpp>
#include <optional>
#include <string>
#include <vector>

namespace latentrt {

/// Guidance: the rows of a network call in addition to one per frame in flight (Kodaira et al.
/// 2023, section 3.2).
enum class StreamGuidance : std::uint8_t {
  none,           ///< no guidance
  self_negative,  ///< no additional row: the frame itself serves as the negative
  /// one row per frame, at its first stage, whose estimate serves as the negative from then on
  onetime_negative,
  full,  ///< one row for each: classifier-free guidance
};

/// How one prompt is blended into another: along a straight line, or along the arc between their
/// directions.
enum class PromptBlend : std::uint8_t { linear, spherical };

/// Skips frames that resemble the last processed one, at random, with a probability that rises with
/// the similarity (Kodaira et al. 2023, section 3.4).
struct SimilarityFilter {
  /// cosine similarity of the pictures above which frames may be skipped; 0 turns the filter off
  double threshold = 0;
  int max_skip = 10;  ///< consecutive frames
};

struct StreamOptions {
  std::string prompt{};
  std::optional<std::string> negative{};
  bool weighted_prompts = false;
  /// Noise levels of the stages, as rising indices into a grid of 50 that starts at the noisiest
  /// (0). The first one decides how much of the frame is kept. Text to image starts from noise:
  /// 0/16/32/45 for a latent consistency model.
  std::vector<int> t_index{32, 45};
  int frame_buffer = 1;   ///< frames per network call and stage
  bool add_noise = true;  ///< between the stages
  StreamGuidance residual = StreamGuidance::none;
  double guidance = 1.2;  ///< scale; 1 or less turns it off
  /// The guided part of the stages (Kynkaanniemi et al. 2024), 0 <= start <= stop <= 1: of n stages
  /// those from floor(start * n) up to, but not including, floor(stop * n). onetime_negative needs
  /// the first one to be guided.
  double guidance_start = 0, guidance_stop = 1;
  /// weight of the virtual negative's noise, for self_negative and onetime_negative
  double delta = 1;
  int width = 0, height = 0;  ///< pixels; 0 takes the model's own size
  /// Seed of the fixed noise: one draw of [stages,C,h,w] from torch's CPU generator.
  std::uint64_t seed = 0;
  /// samples latents from the encoder's distribution instead of taking its mean
  bool sample_posterior = false;
  SimilarityFilter similarity{};
  /// Amount of work to skip, for n stages. Up to n - 1: the number of skipped stages, spread
  /// evenly, never the first. Each further unit skips one more of eight frames, which returns the
  /// picture before it, marked as skipped. One of eight is always computed.
  int reduction = 0;
  /// Frames per second to reach: the stream adapts `reduction` to the time that push() takes. The
  /// results then depend on the clock; a recording stores it. 0 does not change `reduction`.
  double target_fps = 0;
  /// A file that records everything that goes in, and fingerprints of what comes out: see
  /// stream_recording.hpp. An existing file is replaced. Empty records nothing.
  std::string recording{};
  /// Fills StreamFrame::picture instead of its image: on a GPU nothing is copied to the host,
  /// waited for or checked for NaN.
  bool keep_on_device = false;

  /// Sets the fields that "stream:t_index=32/45,rcfg=self" names; describe_accelerators() lists all
  /// keys. Throws Error(invalid_argument) that names key and value, and then changes nothing.
  LATENTRT_API void apply(const Spec& spec);
  /// Applies the specs with the name "stream" and returns the others, for the stream's constructor.
  LATENTRT_API std::vector<AcceleratorChoice> apply_all(const std::vector<std::string>& specs);
  /// The spec from which apply() produces these options.
  LATENTRT_API Spec spec() const;
};

}  // namespace latentrt
