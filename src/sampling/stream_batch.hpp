#pragma once
/// Stream Batch (Kodaira et al. 2023, StreamDiffusion, section 3.1): frames at different noise levels share one network
/// call, each one a stage further than the frame behind it. And the residual guidance that fits it (section 3.2).

#include <iterator>
#include <memory>
#include <vector>

#include "sampling/stream_network.hpp"

namespace latentrt::sampling {

/// Whether the stages can have this weight of the virtual negative: one other than 1 needs some signal in the first stage.
bool takes_delta(const StreamShape& shape, double delta);
/// Throws Error(invalid_argument) where they cannot.
void check_delta(const StreamShape& shape, double delta);
/// Throws Error(invalid_argument) where text to image cannot have the guidance.
void check_noise(StreamGuidance guidance, double scale);

/// All mutable state of a stream's latents. It belongs to one thread at a time.
///
/// Rows of the network call, from the top: those of the negative prompt (none, the first stage's, or as many as follow),
/// then the frames, stage by stage.
class StreamBatch {
 public:
  /// `noise` [stages,C,h,w] fp32: the fixed noise of each stage, the same for every frame. `ranks`: see StreamNetwork.
  StreamBatch(std::shared_ptr<const Plan> plan, StreamShape shape, const at::Tensor& noise,
              comm::Communicator* ranks = nullptr);

  /// For the frames that come (each keeps the prompt that it came with), or for those in flight too. Must be called
  /// before the first push.
  void set_prompt(StreamPromptPtr prompt, bool for_all);
  /// The guidance scale (1 or less is off), and the weight of the virtual negative. Throws Error(invalid_argument).
  void set_strength(double scale, double delta);

  /// Clean latents [frames,C,h,w] fp32 of new frames -> those of the frames pushed delay() calls before; undefined
  /// while there are none.
  at::Tensor push(const at::Tensor& latents);
  /// The same for text to image: noise in place of pictures.
  at::Tensor push_noise(const at::Tensor& sample);

  const StreamShape& shape() const noexcept { return shape_; }
  std::int64_t delay() const noexcept { return std::ssize(shape_.stages) - 1; }  ///< in calls
  std::int64_t rows() const noexcept { return shape_.frames * std::ssize(shape_.stages); }

 private:
  at::Tensor advance(const at::Tensor& first, const at::Tensor& anchor);
  void shift_prompts();
  void refresh_inputs();
  at::Tensor estimate(const at::Tensor& sample, const at::Tensor& output) const;
  at::Tensor negative_estimate(const at::Tensor& sample, const at::Tensor& negatives);

  StreamShape shape_;
  double scale_ = 1, delta_ = 1;
  bool guided_ = false;
  at::Tensor noise_;  ///< [rows,C,h,w]
  /// Of each row, [rows,1,1,1] fp32.
  at::Tensor estimate_sample_, estimate_output_, skip_, out_, signal_, noise_level_;
  at::Tensor next_;  ///< [rows - frames,C,h,w]: samples that wait for their next stage
  at::Tensor
      anchor_;  ///< [rows,C,h,w]: the clean latents that each row's virtual negative leads to
  StreamPromptPtr prompt_;                ///< of the frames that come
  std::vector<StreamPromptPtr> prompts_;  ///< of each stage's frames
  bool inputs_are_old_ = true;
  StreamNetwork network_;
  std::int64_t calls_ = 0;
};

}  // namespace latentrt::sampling
