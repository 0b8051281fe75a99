#pragma once
/// The frames of a stream in its stages: which frames enter and leave the session whose items they
/// are.

#include <cstddef>
#include <latentrt/stream_options.hpp>
#include <limits>
#include <memory>
#include <vector>

#include "sampling/session_state.hpp"
#include "schedule/consistency.hpp"

namespace latentrt::pipeline {

/// Settings that are fixed before the first frame.
struct StreamShape {
  std::vector<schedule::ConsistencyStage> stages;
  std::int64_t frames = 1;  ///< pushed together
  bool add_noise = true;    ///< whether noise is added between the stages
  StreamGuidance guidance = StreamGuidance::none;
  /// The stages that are guided, [begin, end).
  std::size_t guided_from = 0, guided_to = std::numeric_limits<std::size_t>::max();
};

/// The stages as steps of the consistency model's solver (Luo et al. 2023): a step's sample is the
/// network's estimate, noised again to the level of the next stage.
schedule::Trajectory trajectory_of(const StreamShape& shape);

/// A plan whose steps are the stages.
std::shared_ptr<const sampling::Plan> stream_plan(const nn::Network& denoiser,
                                                  const StreamShape& shape,
                                                  std::vector<AcceleratorPtr> accelerators);

/// Whether the stages support this weight of the virtual negative: values other than 1 need some
/// signal in the first stage.
bool takes_delta(const StreamShape& shape, double delta);
/// Throws Error(invalid_argument) if they do not.
void check_delta(const StreamShape& shape, double delta);
/// Throws Error(invalid_argument) if text to image does not support the guidance.
void check_noise(StreamGuidance guidance, double scale);

/// Belongs to one thread at a time.
class StreamBatch {
 public:
  /// `plan` is a stream_plan() of the shape. `noise` [stages,C,h,w] fp32: the fixed noise of each
  /// stage, the same for every frame. `ranks` share the pixels of every call, and outlive it; null:
  /// none.
  StreamBatch(std::shared_ptr<const sampling::Plan> plan, StreamShape shape,
              const at::Tensor& noise, comm::Communicator* ranks = nullptr);

  /// For new frames (each keeps the prompt that it entered with), or also for those in flight. Must
  /// be called before the first push.
  void set_prompt(sampling::PromptPtr prompt, bool for_all);
  /// The guidance scale (1 or less is off), and the weight of the virtual negative. Throws
  /// Error(invalid_argument).
  void set_strength(double scale, double delta);

  /// Takes clean latents [frames,C,h,w] fp32 of new frames, and returns those of the frames that
  /// were pushed delay() calls before; undefined while there are none.
  at::Tensor push(const at::Tensor& latents);
  /// As above for text to image: noise instead of pictures.
  at::Tensor push_noise(const at::Tensor& sample);

  const StreamShape& shape() const noexcept { return shape_; }
  /// number of calls
  std::int64_t delay() const noexcept { return std::ssize(shape_.stages) - 1; }
  std::int64_t rows() const noexcept { return shape_.frames * std::ssize(shape_.stages); }

 private:
  at::Tensor advance(const at::Tensor& first, const at::Tensor& clean);

  StreamShape shape_;
  at::Tensor first_noise_;      ///< [1,C,h,w]: noise of the first stage
  sampling::PromptPtr prompt_;  ///< prompt of new frames
  sampling::SessionState session_;
};

}  // namespace latentrt::pipeline
