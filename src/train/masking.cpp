#include "train/masking.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/rand.h>

namespace latentrt::train {
namespace {

at::Tensor draw_times(std::int64_t batch, bool even, const at::Generator& generator) {
  if (!even) return at::rand({batch}, generator);
  const at::Tensor start = at::rand({1}, generator);
  return (start + at::arange(batch, at::kFloat) / static_cast<double>(batch)).remainder(1);
}

}  // namespace

Masking draw_masking(std::int64_t batch, std::int64_t gen_length, const PretrainOptions& options,
                     at::Generator generator) {
  const at::Tensor times = draw_times(batch, options.even_times, generator);
  const at::Tensor probability = (1 - options.eps) * times + options.eps;
  return {probability, at::rand({batch, gen_length}, generator) < probability.unsqueeze(1)};
}

at::Tensor masked_loss(const at::Tensor& logits, const at::Tensor& answers,
                       const Masking& masking) {
  const at::Tensor entropy =
      -at::log_softmax(logits, -1).gather(-1, answers.unsqueeze(-1)).squeeze(-1);
  return (entropy * masking.masked / masking.probability.unsqueeze(1)).mean();
}

}  // namespace latentrt::train
