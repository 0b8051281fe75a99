/// Updates on examples.

#include <ATen/TensorOperators.h>

#include "base/check_range.hpp"
#include "train/masking.hpp"
#include "train/trainer_state.hpp"

namespace latentrt::train {
namespace {

constexpr double kMostRows = 1 << 20;

void check_options(const PretrainOptions& options) {
  check_range("batch", static_cast<double>(options.batch), 1, kMostRows);
  check_range("accumulation", static_cast<double>(options.accumulation), 1,
              static_cast<double>(options.batch));
  check_range("eps", options.eps, 1e-6, 1);
}

AnswerRows draw_rows(const TextTrainer::State& trainer, const TextExamples& examples,
                     std::int64_t batch) {
  std::vector<TokenIds> prompts, answers;
  for (std::int64_t i = 0; i < batch; ++i) {
    TextExample example = examples(trainer.examples + static_cast<std::uint64_t>(i));
    prompts.push_back(std::move(example.prompt));
    answers.push_back(std::move(example.answer));
  }
  check_rows(trainer.initial.info(), prompts, answers);
  return make_answer_rows(prompts, answers, trainer.form.mask_id, trainer.device());
}

AnswerRows with_masks(const AnswerRows& rows, const at::Tensor& masked, std::int64_t mask_id) {
  AnswerRows hidden = rows;
  hidden.batch.ids = rows.batch.ids.clone();
  hidden.answers().masked_fill_(masked, mask_id);
  return hidden;
}

}  // namespace

TrainingUpdate pretrain(TextTrainer::State& trainer, const TextExamples& examples,
                        const PretrainOptions& options) {
  check_options(options);
  const AnswerRows rows = draw_rows(trainer, examples, options.batch);
  const Masking masking = draw_masking(options.batch, rows.gen_length, options, trainer.generator())
                              .to(trainer.device());
  const AnswerRows hidden = with_masks(rows, masking.masked, trainer.form.mask_id);
  TrainingUpdate update;
  double right = 0;
  trainer.descend(options.batch, options.accumulation, update,
                  [&](std::int64_t begin, std::int64_t count) {
                    const at::Tensor answers = rows.rows(begin, count).answers();
                    const Masking here = masking.rows(begin, count);
                    const at::Tensor logits =
                        answer_logits(trainer.network(), hidden.rows(begin, count), trainer.form);
                    right += (logits.argmax(-1).eq(answers) & here.masked).sum().item<double>();
                    return masked_loss(logits, answers, here);
                  });
  trainer.examples += static_cast<std::uint64_t>(options.batch);
  update.accuracy = right / std::max(1.0, masking.masked.sum().item<double>());
  return update;
}

}  // namespace latentrt::train
