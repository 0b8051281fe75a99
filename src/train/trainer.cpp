/// The public class TextTrainer.

#include <ATen/core/Tensor.h>

#include "base/fail.hpp"
#include "base/stopwatch.hpp"
#include "train/gradient_scope.hpp"
#include "train/model_files.hpp"
#include "train/trainer_state.hpp"

namespace latentrt {
namespace {

template <class Work>
decltype(auto) in(const TextTrainer::State& trainer, Work&& work) {
  return train::with_gradients(*trainer.described().context, "training", std::forward<Work>(work));
}

template <class Work>
TrainingUpdate timed(const TextTrainer::State& trainer, Work&& work) {
  Stopwatch watch;
  TrainingUpdate update = in(trainer, std::forward<Work>(work));
  update.seconds = watch.lap();
  return update;
}

}  // namespace

TextTrainer::TextTrainer(const TextModel& model, const OptimizerOptions& options,
                         std::uint64_t seed)
    : state_(train::with_gradients(*model.state()->context, "training",
                                   [&] { return std::make_unique<State>(model, options, seed); })) {
}
TextTrainer::~TextTrainer() = default;
TextTrainer::TextTrainer(TextTrainer&&) noexcept = default;
TextTrainer& TextTrainer::operator=(TextTrainer&&) noexcept = default;

TrainingUpdate TextTrainer::pretrain(const TextExamples& examples, const PretrainOptions& options) {
  return timed(*state_, [&] { return train::pretrain(*state_, examples, options); });
}

TrainingUpdate TextTrainer::mdpo(const TextPrompts& prompts, const TextReward& reward,
                                 const MdpoOptions& options) {
  return timed(*state_, [&] { return train::mdpo(*state_, prompts, reward, options); });
}

std::uint64_t TextTrainer::updates() const noexcept { return state_->updates; }

TextModel TextTrainer::model() const {
  return in(*state_, [&] { return state_->snapshot(); });
}

void TextTrainer::save_checkpoint(const std::filesystem::path& file,
                                  const std::string& task) const {
  in(*state_, [&] { train::write_checkpoint(file, state_->checkpoint(task)); });
}

void TextTrainer::load_checkpoint(const std::filesystem::path& file, const std::string& task) {
  in(*state_, [&] {
    state_->restore(train::read_checkpoint(file, state_->checkpoint(task).tensors, task));
  });
}

void TextTrainer::save_model(const std::filesystem::path& described,
                             const std::filesystem::path& directory, DType dtype) const {
  const std::string& family = state_->described().family->name;
  if (family != "llada")
    fail(Code::unsupported, "models of the family {} are not written: only those of llada are",
         family);
  in(*state_, [&] { train::write_model(state_->parameters, described, directory, dtype); });
}

}  // namespace latentrt
