#include "train/answers.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>

#include <algorithm>

#include "base/fail.hpp"

namespace latentrt::train {

AnswerRows AnswerRows::rows(std::int64_t begin, std::int64_t count) const {
  return {{batch.ids.narrow(0, begin, count), batch.padding.narrow(0, begin, count)}, gen_length};
}

at::Tensor to_tensor(std::span<const TokenIds> ids) {
  const auto columns = std::ssize(ids.front());
  at::Tensor all = at::empty({std::ssize(ids), columns}, at::kLong);
  auto* out = all.mutable_data_ptr<std::int64_t>();
  for (const TokenIds& row : ids) out = std::ranges::copy(row, out).out;
  return all;
}

namespace {

void check_ids(const TextModelInfo& model, const TokenIds& ids) {
  for (const std::int64_t id : ids)
    if (id < 0 || id >= model.vocab_size)
      fail(Code::invalid_argument, "an example's id {} is outside the vocabulary of {} tokens", id,
           model.vocab_size);
}

}  // namespace

void check_rows(const TextModelInfo& model, const std::vector<TokenIds>& prompts,
                const std::vector<TokenIds>& answers) {
  const std::size_t length = answers.front().size();
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (answers[i].size() != length || length == 0)
      fail(Code::invalid_argument, "answers of {} and {} tokens: they must have equally many",
           length, answers[i].size());
    if (std::ssize(prompts[i]) + std::ssize(answers[i]) > model.context_length)
      fail(Code::invalid_argument,
           "an example of {} tokens is longer than the model's context of {}",
           prompts[i].size() + length, model.context_length);
    check_ids(model, prompts[i]);
    check_ids(model, answers[i]);
  }
}

AnswerRows make_answer_rows(const std::vector<TokenIds>& prompts,
                            const std::vector<TokenIds>& answers, std::int64_t mask_id,
                            at::Device device) {
  AnswerRows rows{
      pipeline::make_text_batch({.prompts = prompts}, std::ssize(answers.front()), mask_id, device),
      std::ssize(answers.front())};
  rows.answers().copy_(to_tensor(answers));
  return rows;
}

at::Tensor answer_logits(const nn::Network& network, const AnswerRows& rows,
                         const AnswerForm& form) {
  const at::Tensor& ids = rows.batch.ids;
  const std::int64_t begin = ids.size(1) - rows.gen_length;
  at::Tensor places =
      at::arange(begin, ids.size(1), ids.options()).unsqueeze(0).expand({ids.size(0), -1});
  if (form.shifted) places = (places - 1).maximum(rows.batch.padding.unsqueeze(1));
  nn::NamedTensors inputs = pipeline::text_conditioning(rows.batch, false);
  inputs["input_ids"] = ids;
  inputs["logit_indices"] = places.contiguous();
  return network.run(inputs).at("logits");
}

}  // namespace latentrt::train
