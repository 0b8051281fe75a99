#include "train/trainer_state.hpp"

#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>

#include "base/fail.hpp"
#include "nn/ops/torch_ops.hpp"
#include "sampling/noise.hpp"
#include "sampling/seed_sequence.hpp"
#include "train/learning_rate.hpp"

namespace latentrt {
namespace {

/// The purposes of random values in an update; each has its own stream.
enum class Draw : std::uint64_t { values, samples };

constexpr const char* kWeight = "weight.";

const TextModel& checked(const TextModel& model) {
  if (model.state()->structure_only)
    fail(Code::invalid_argument, "the model was loaded without its weights (structure_only)");
  if (!model.info().mask_id)
    fail(Code::invalid_argument, "the model's files name no mask token: give its id");
  return model;
}

/// Returns copies of the weights that the optimiser does not change.
std::shared_ptr<const nn::BoundWeights> copied(const nn::BoundWeights& weights) {
  const at::NoGradGuard no_gradients;
  std::vector<nn::PlacedWeight> copies;
  for (std::size_t i = 0; i < weights.size(); ++i)
    copies.push_back({.tensor = weights[static_cast<nn::WeightId>(i)].detach().clone()});
  return std::make_shared<const nn::BoundWeights>(std::move(copies), weights.placement());
}

nn::Parameters parameters_of(const TextModel::State& model) {
  return {*model.network.program, *model.network.weights, at::kFloat};
}

}  // namespace

TextTrainer::State::State(const TextModel& model, const OptimizerOptions& the_options,
                          std::uint64_t the_seed)
    : initial(checked(model)),
      options(the_options),
      form{.mask_id = *model.info().mask_id, .shifted = described().family->shifted},
      parameters(parameters_of(described())),
      ops(std::make_shared<const nn::TorchOps>()),
      optimizer(parameters, options),
      seed(the_seed) {}

nn::Network TextTrainer::State::network() const {
  return {described().network.program, std::make_shared<const nn::BoundWeights>(parameters.bind()),
          ops};
}

const nn::Network& TextTrainer::State::reference() {
  if (!frozen)
    frozen = {described().network.program, copied(parameters_of(described()).bind()), ops};
  return *frozen;
}

TextModel TextTrainer::State::snapshot() const {
  auto state = std::make_shared<TextModel::State>(described());
  state->network = {described().network.program, copied(parameters.bind()), ops};
  state->info.bytes = state->network.weights->bytes();
  return TextModel::State::handle(std::move(state));
}

at::Generator TextTrainer::State::generator() const {
  return sampling::make_generator(
      sampling::seed_from(seed, {updates, static_cast<std::uint64_t>(Draw::values)}));
}

std::uint64_t TextTrainer::State::sampling_seed() const {
  return sampling::seed_from(seed, {updates, static_cast<std::uint64_t>(Draw::samples)});
}

void TextTrainer::State::descend(
    std::int64_t rows, std::int64_t parts, TrainingUpdate& update,
    const std::function<at::Tensor(std::int64_t, std::int64_t)>& loss_of) {
  const std::int64_t most = (rows + parts - 1) / parts;
  optimizer.zero_grad();
  update.loss = 0;
  for (std::int64_t begin = 0; begin < rows; begin += most) {
    const std::int64_t count = std::min(most, rows - begin);
    const at::Tensor loss =
        loss_of(begin, count) * (static_cast<double>(count) / static_cast<double>(rows));
    update.loss += loss.item<double>();
    if (!std::isfinite(update.loss))
      fail(Code::non_finite, "update {}: the loss is not a number", updates + 1);
    loss.backward();
  }
  update.learning_rate = train::learning_rate(options, updates);
  update.gradient_norm = optimizer.step(update.learning_rate);
  parameters.updated();
  update.update = ++updates;
}

train::Checkpoint TextTrainer::State::checkpoint(const std::string& task) const {
  train::Checkpoint checkpoint{.tensors = optimizer.moments(),
                               .updates = updates,
                               .examples = examples,
                               .seed = seed,
                               .task = task};
  for (const std::string& name : parameters.names())
    checkpoint.tensors[kWeight + name] = parameters[name].detach();
  return checkpoint;
}

void TextTrainer::State::restore(const train::Checkpoint& checkpoint) {
  const at::NoGradGuard no_gradients;
  for (const std::string& name : parameters.names())
    at::Tensor(parameters[name]).copy_(checkpoint.tensors.at(kWeight + name));
  parameters.updated();
  optimizer.set_moments(checkpoint.tensors, checkpoint.updates);
  updates = checkpoint.updates;
  examples = checkpoint.examples;
  seed = checkpoint.seed;
}

}  // namespace latentrt
