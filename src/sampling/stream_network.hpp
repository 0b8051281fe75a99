#pragma once
/// The network of a stream: one call of the caller's for rows at several stages, whatever part of the network each stage
/// runs.

#include <latentrt/stream_options.hpp>
#include <map>
#include <memory>
#include <vector>

#include "nn/run/executor.hpp"
#include "sampling/plan.hpp"
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

/// The network's inputs beside the sample that follow from a prompt: one row each, text keys and values included.
struct StreamPrompt {
  nn::NamedTensors positive, negative;  ///< negative is empty without rows that read it
};
using StreamPromptPtr = std::shared_ptr<const StreamPrompt>;

/// Encoded conditioning (rows [negative, positive], or positive alone) -> what every frame reuses. May run on any thread.
StreamPromptPtr prepare_prompt(const Plan& plan, const nn::NamedTensors& conditioning,
                               bool with_negative);

/// What a frame takes along from stage to stage lives here: values that a row of one stage left are what the same row
/// reads at the next, one call later, and a Space with a past is its frames' own.
class StreamNetwork {
 public:
  /// Stage k runs the variant that the plan has for step k. Throws Error(invalid_argument) for plans that choose at run
  /// time or forecast. `ranks` share the pixels of every call, and outlive it; null: alone.
  StreamNetwork(std::shared_ptr<const Plan> plan, const StreamShape& shape,
                comm::Communicator* ranks = nullptr);
  StreamNetwork(StreamNetwork&&) = default;
  StreamNetwork& operator=(StreamNetwork&&) = default;

  /// What all rows are told from now on: computed here, not for every frame. Rows of the negative prompt come with the
  /// first `negative_stages` stages.
  void set_inputs(const std::vector<StreamPromptPtr>& prompts, std::size_t negative_stages);

  /// [stages * frames,C,h,w] -> the network's output for the rows of the negative prompt, then for these.
  at::Tensor run(const at::Tensor& sample);

  at::Device device() const { return plan_->denoiser.device(); }

 private:
  /// A stage's rows of one value: those of the negative prompt (undefined without any), and the others.
  struct Rows {
    at::Tensor negative, positive;
  };
  /// Stages that run the same part of the network, in one call of it where they can share one.
  struct Group {
    VariantId variant;
    std::vector<std::size_t> stages;
    nn::NamedTensors inputs;
  };
  using Kept = std::map<SlotId, std::vector<Rows>>;  ///< by slot and stage

  at::Tensor joined(const Group& group, const std::function<Rows(std::size_t stage)>& rows) const;
  std::vector<Rows> split(const Group& group, const at::Tensor& all) const;
  nn::NamedTensors inputs_of(const Group& group, const std::vector<StreamPromptPtr>& prompts) const;
  const Variant& runnable(const Group& group) const;
  void move_spaces(std::int64_t latent_rows);
  nn::NamedTensors compute(const Group& group, const nn::Program& program,
                           const nn::NamedTensors& inputs);
  void run_group(const Group& group, const at::Tensor& sample, std::vector<Rows>& outputs,
                 Kept& left);

  std::shared_ptr<const Plan> plan_;
  std::vector<schedule::ConsistencyStage> stages_;
  std::int64_t frames_;
  comm::Communicator* ranks_;
  std::size_t negative_stages_ = 0;
  std::vector<Group> groups_;
  Kept kept_;
  std::vector<std::unique_ptr<Space>> spaces_;  ///< one of each stage's frames, or one of all calls
  std::unique_ptr<Launch> launch_;
};

}  // namespace latentrt::sampling
