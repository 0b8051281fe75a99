#pragma once
/// The state of a TextTrainer.

#include <ATen/core/Generator.h>

#include <functional>
#include <latentrt/train.hpp>
#include <optional>

#include "nn/run/network.hpp"
#include "nn/weights/parameters.hpp"
#include "pipeline/language_model_state.hpp"
#include "train/answers.hpp"
#include "train/checkpoint.hpp"
#include "train/optimizer.hpp"

namespace latentrt {

struct TextTrainer::State {
  State(const TextModel& model, const OptimizerOptions& the_options, std::uint64_t the_seed);

  const TextModel::State& described() const { return *initial.state(); }
  const nn::Program& program() const { return *described().network.program; }
  at::Device device() const { return described().network.device(); }
  /// Returns a network over the trained leaf tensors, for one forward and backward pass.
  nn::Network network() const;
  /// Returns a network with copies of the initial weights; they are made on the first call.
  const nn::Network& reference();
  TextModel snapshot() const;
  /// Returns the generator of the next update's random values, except those of sampled answers.
  at::Generator generator() const;
  /// Returns the seed with which the next update samples answers.
  std::uint64_t sampling_seed() const;

  /// Makes one optimiser step on the mean loss over `rows` rows, computed in `parts` parts;
  /// `loss_of(begin, count)` returns the mean loss over `count` rows from `begin`. Sets loss,
  /// learning_rate, gradient_norm and update of `update`.
  void descend(std::int64_t rows, std::int64_t parts, TrainingUpdate& update,
               const std::function<at::Tensor(std::int64_t, std::int64_t)>& loss_of);

  train::Checkpoint checkpoint(const std::string& task) const;
  void restore(const train::Checkpoint& checkpoint);

  TextModel initial;
  OptimizerOptions options;
  train::AnswerForm form;
  nn::Parameters parameters;
  std::shared_ptr<const nn::OpSet> ops;
  train::Optimizer optimizer;
  std::uint64_t seed, updates = 0, examples = 0;
  std::optional<nn::Network> frozen;
};

namespace train {

/// See TextTrainer.
TrainingUpdate pretrain(TextTrainer::State& trainer, const TextExamples& examples,
                        const PretrainOptions& options);
TrainingUpdate mdpo(TextTrainer::State& trainer, const TextPrompts& prompts,
                    const TextReward& reward, const MdpoOptions& options);

}  // namespace train
}  // namespace latentrt
