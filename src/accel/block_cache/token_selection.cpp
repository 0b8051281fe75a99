#include "accel/block_cache/token_selection.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/argsort.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/where.h>

#include <algorithm>

namespace latentrt::accel {
namespace {

using Numbers = std::vector<std::int64_t>;

Numbers tokens_of_rows(const at::Tensor& computed) {
  const at::Tensor sums = computed.sum(1).to(at::kCPU).contiguous();
  const auto* const data = sums.const_data_ptr<std::int64_t>();
  return {data, data + sums.numel()};
}

TokenSelection whole_rows(const at::Tensor& computed, const Numbers& rows) {
  return {.call_rows = computed.size(0),
          .rows = at::tensor(rows, at::TensorOptions(at::kLong)).to(computed.device())};
}

/// Selects the computed tokens of `rows`; `counts` has the number of computed tokens of each row.
TokenSelection some_tokens(const at::Tensor& computed, const Numbers& rows, const Numbers& counts) {
  TokenSelection selection = whole_rows(computed, rows);
  const at::Tensor own = selection.rows_of(computed).to(at::kLong);
  selection.places = (own.cumsum(1) - 1).clamp_min(0);
  const std::int64_t most = std::ranges::max(counts);
  const at::Tensor sorted = at::argsort(own, true, 1, true).narrow(1, 0, most);
  selection.tokens = sorted.contiguous();
  if (std::ranges::min(counts) == most) return selection;
  const at::Tensor place = at::arange(most, own.options());
  const at::Tensor exists = place < own.sum(1, true);
  selection.tokens = at::where(exists, sorted, sorted.narrow(1, 0, 1));
  selection.firsts = at::where(exists, place, 0);
  return selection;
}

}  // namespace

at::Tensor TokenSelection::rows_of(const at::Tensor& all) const {
  return has_all_rows() ? all : all.index_select(0, rows);
}

nn::NamedTensors TokenSelection::inputs_of(const nn::NamedTensors& call) const {
  nn::NamedTensors inputs;
  for (const auto& [name, value] : call) inputs[name] = rows_of(value);
  if (whole()) return inputs;
  for (const char* of_tokens : {"input_ids", "position_ids"})
    inputs[of_tokens] = inputs.at(of_tokens).gather(1, tokens);
  inputs["logit_indices"] = places.gather(1, inputs.at("logit_indices"));
  return inputs;
}

std::vector<TokenSelection> select_tokens(const at::Tensor& computed) {
  const Numbers counts = tokens_of_rows(computed);
  Numbers whole, some, some_counts;
  for (std::size_t row = 0; row < counts.size(); ++row) {
    if (counts[row] == 0) continue;
    const bool all = counts[row] == computed.size(1);
    (all ? whole : some).push_back(static_cast<std::int64_t>(row));
    if (!all) some_counts.push_back(counts[row]);
  }
  std::vector<TokenSelection> selections;
  if (!whole.empty()) selections.push_back(whole_rows(computed, whole));
  if (!some.empty()) selections.push_back(some_tokens(computed, some, some_counts));
  return selections;
}

}  // namespace latentrt::accel
