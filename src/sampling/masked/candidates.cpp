#include "sampling/masked/candidates.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/index_fill.h>
#include <ATen/ops/logsumexp.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/sort.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/topk.h>
#include <ATen/ops/xlogy.h>

#include <algorithm>
#include <limits>
#include <tuple>

#include "base/fail.hpp"

namespace latentrt::sampling {
namespace {

constexpr double kNever = -std::numeric_limits<double>::infinity();

at::Tensor without(const at::Tensor& logits, std::vector<std::int64_t> ids) {
  std::erase_if(ids, [](std::int64_t id) { return id < 0; });
  if (ids.empty()) return logits;
  return at::index_fill(
      logits, -1, at::tensor(ids, at::TensorOptions(logits.device()).dtype(at::kLong)), kNever);
}

at::Tensor top_k_of(const at::Tensor& logits, std::int64_t k) {
  if (k <= 0 || k >= logits.size(-1)) return logits;
  const at::Tensor least = std::get<0>(at::topk(logits, k, -1)).narrow(-1, k - 1, 1);
  return logits.masked_fill(logits < least, kNever);
}

at::Tensor top_p_of(const at::Tensor& logits, double p) {
  if (p >= 1) return logits;
  const auto [ordered, order] = at::sort(logits, -1, true);
  const at::Tensor shares = at::softmax(ordered, -1);
  const at::Tensor dropped = shares.cumsum(-1) - shares > p;
  return logits.masked_fill(at::zeros_like(dropped).scatter(-1, order, dropped), kNever);
}

/// Returns the ids whose confidence is suppressed; negative ids are ignored.
std::vector<std::int64_t> unsure(const PredictionOptions& options) {
  switch (options.suppress) {
    case SuppressEnds::confidence:
      return {options.end_id, options.turn_end_id};
    case SuppressEnds::reference:
      if (options.temperature > 0) return {options.turn_end_id};
      return {options.end_id, options.turn_end_id};
    case SuppressEnds::off:
    case SuppressEnds::logits:
      break;
  }
  return {};
}

at::Tensor confidence_in(const at::Tensor& logits, const at::Tensor& ids, Confidence kind) {
  if (kind == Confidence::probability)
    return (logits.gather(-1, ids.unsqueeze(-1)).squeeze(-1) - at::logsumexp(logits, {-1})).exp();
  const at::Tensor shares = at::softmax(logits, -1);
  if (kind == Confidence::entropy) return at::xlogy(shares, shares).sum(-1);
  const at::Tensor best = std::get<0>(at::topk(shares, std::min<std::int64_t>(2, shares.size(-1))));
  return best.select(-1, 0) - best.select(-1, best.size(-1) - 1);
}

/// Adds Gumbel noise to the scores, so that their argmax is a sample of the softmax. The noise is
/// computed in place from `uniform`.
at::Tensor with_noise(const at::Tensor& scores, at::Tensor uniform) {
  return uniform.log_().neg_().log_().neg_().add_(scores);
}

/// Throws if logits are NaN: a maximum is NaN if any of its values is.
void check_numbers(const at::Tensor& best) {
  if (best.isnan().any().item<bool>())
    fail(Code::non_finite, "the logits hold NaN; another dtype may help");
}

}  // namespace

at::Tensor filtered(const at::Tensor& logits, int top_k, double top_p) {
  return top_p_of(top_k_of(logits, top_k), top_p);
}

Predictions predict(const at::Tensor& logits, const PredictionOptions& options,
                    const DrawUniform& uniform, const DrawUniform& order) {
  at::Tensor plain = logits.to(at::kFloat);
  if (options.suppress == SuppressEnds::logits) plain = without(plain, {options.end_id});
  const bool random = options.temperature > 0;
  const at::Tensor tempered =
      filtered(random ? plain / options.temperature : plain, options.top_k, options.top_p);
  at::Tensor scores = without(tempered, {options.mask_id});
  if (random) scores = with_noise(scores, uniform());
  const auto [best, ids] = scores.max(-1);
  check_numbers(best);
  const at::Tensor confidence =
      options.confidence == Confidence::random
          ? order()
          : confidence_in(without(options.tempered ? tempered : plain, unsure(options)), ids,
                          options.confidence);
  return {ids, confidence.to(at::kDouble)};
}

/// Filtering, drawing and the confidence run one after the other, each with its own temporaries, so
/// that the peak is the largest of the three.
std::uint64_t prediction_bytes(const PredictionOptions& options, std::uint64_t logits,
                               std::uint64_t element_bytes, std::uint64_t drawn) {
  constexpr std::uint64_t kFloat = 4, kDouble = 8, kMark = 1;
  const bool random = options.temperature > 0, few = options.top_k > 0, nucleus = options.top_p < 1;
  const std::uint64_t plain = element_bytes < kFloat ? kFloat : 0,
                      tempered = random || few || nucleus ? kFloat : 0,
                      top_k = few ? kFloat + kMark : 0,
                      top_p = nucleus ? 4 * kFloat + kDouble + kMark : 0,
                      unsure_ends = unsure(options).empty() ? 0 : kFloat,
                      shares = options.confidence == Confidence::entropy ? 2 * kFloat : kFloat,
                      confidence = (random ? kDouble : kFloat) + unsure_ends + shares;
  const std::uint64_t filtering = plain + tempered + top_k + top_p,
                      drawing = plain + tempered + kFloat + (random ? 2 * kDouble : 0),
                      ending = plain + tempered + confidence;
  const std::uint64_t most = std::max(filtering, std::max(drawing, ending)) * logits;
  return std::max(most, (plain + tempered + kFloat) * logits + drawn);
}

}  // namespace latentrt::sampling
