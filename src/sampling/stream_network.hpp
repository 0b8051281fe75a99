#pragma once
/// The network of a stream: one call of the caller's for rows at several stages, whatever part of the network each stage
/// runs.

#include <latentrt/stream_options.hpp>
#include <map>
#include <memory>
#include <vector>

#include "nn/run/executor.hpp"
#include "sampling/plan.hpp"
#include "sampling/slots.hpp"
#include "schedule/consistency.hpp"

namespace latentrt::sampling {

/// What is decided before the first frame.
struct StreamShape {
  std::vector<schedule::ConsistencyStage> stages;
  std::int64_t frames = 1;  ///< pushed together
  bool add_noise = true;    ///< between the stages
  StreamGuidance guidance = StreamGuidance::none;

  /// How many of the stages, from the first, have rows of the negative prompt.
  std::size_t negative_stages(bool guided) const;
};

/// The network's conditioning inputs that follow from a prompt: one row each, text keys and values included.
struct StreamPrompt {
  nn::NamedTensors positive, negative;  ///< negative is empty without rows that read it
};
using StreamPromptPtr = std::shared_ptr<const StreamPrompt>;

/// Encoded conditioning (rows [negative, positive], or only the positive one) -> what every frame reuses. May run on any thread.
StreamPromptPtr prepare_prompt(const Plan& plan, const nn::NamedTensors& conditioning,
                               bool with_negative);

/// What a frame takes along from stage to stage: values in slots, whose rows move on by a stage after each call, and a
/// Space with a past, which is its frames' own. Rows of a call are those of the negative prompt, stage by stage, then one for
/// each frame, stage by stage.
class StreamNetwork {
 public:
  /// Stage k runs the variant that the plan has for step k, or what the plan's probe chooses for its frames. `ranks` share the
  /// pixels of every call, and outlive it; null: none do.
  StreamNetwork(std::shared_ptr<const Plan> plan, const StreamShape& shape,
                comm::Communicator* ranks = nullptr);
  StreamNetwork(StreamNetwork&&) = default;
  StreamNetwork& operator=(StreamNetwork&&) = default;

  /// Conditioning of all rows from now on: computed here, not for every frame. Rows of the negative prompt come with the
  /// first `negative_stages` stages.
  void set_inputs(const std::vector<StreamPromptPtr>& prompts, std::size_t negative_stages);

  /// [stages * frames,C,h,w] -> the network's output for the rows of the negative prompt, then for these.
  at::Tensor run(const at::Tensor& sample);

  at::Device device() const { return plan_->denoiser.device(); }

 private:
  /// Stages that run the same part of the network in one call of it.
  struct Group {
    VariantId variant;
    Rows rows;
    std::size_t first_stage;
  };

  std::int64_t row_count() const;
  Rows rows_of(std::size_t stage) const;
  std::vector<double> times_of(const Rows& rows) const;
  std::size_t stage_of(std::int64_t row) const;
  void move_rows();
  void move_spaces(std::int64_t latent_rows);
  VariantId choose(std::size_t stage, const nn::NamedTensors& inputs);
  std::vector<Group> groups(const nn::NamedTensors& inputs);
  nn::NamedTensors selected(const nn::NamedTensors& all, const Rows& rows) const;
  nn::NamedTensors compute(const Group& group, const nn::Program& program,
                           const nn::NamedTensors& inputs);
  at::Tensor run_group(const Group& group, const nn::NamedTensors& all);

  std::shared_ptr<const Plan> plan_;
  std::vector<schedule::ConsistencyStage> stages_;
  std::int64_t frames_;
  comm::Communicator* ranks_;
  std::size_t negative_stages_ = 0;
  std::size_t negative_stages_before_ = 0;  ///< on the last call
  nn::NamedTensors inputs_;                 ///< of all rows, without the sample
  std::map<Rows, nn::NamedTensors> parts_;  ///< of those inputs, as groups read them
  SlotTable slots_;
  Stamp stamp_;
  std::vector<std::unique_ptr<Space>> spaces_;  ///< one of each stage's frames, or one of all calls
  std::unique_ptr<Launch> launch_;
};

}  // namespace latentrt::sampling
