#include "accel/block_cache/cached_tokens.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/zeros.h>

#include <algorithm>

namespace latentrt::accel {
namespace {

/// Returns zeros of shape [rows,K,...] for all rows of a call and the tokens whose logits it
/// requests.
at::Tensor room_for(const nn::NamedTensors& call, const at::Tensor& output_of_some) {
  const at::Tensor& wanted = call.at("logit_indices");
  std::vector<std::int64_t> sizes = output_of_some.sizes().vec();
  sizes[0] = wanted.size(0);
  sizes[1] = wanted.size(1);
  return at::zeros(sizes, output_of_some.options());
}

}  // namespace

void CachedTokens::keep(const sampling::Rows& items, const sampling::Rows& rows) {
  choice_->keep(items);
  kept_.keep(rows);
}

void CachedTokens::begin_call(const sampling::State& state, const sampling::Call& call) {
  const sampling::Rows items = sampling::items_of(call.rows);
  const at::Tensor computed = sampling::select_rows(choice_->choose(state, call), items);
  selections_ = select_tokens(computed);
  count(computed, sampling::select_rows(state.at("padding"), items));
}

/// Padding does not count, so that the counts of a batch are the sums of those of its items.
void CachedTokens::count(const at::Tensor& computed, const at::Tensor& padding) {
  const at::Tensor token = at::arange(computed.size(1), padding.options());
  const at::Tensor own = (token >= padding.unsqueeze(1)) & computed.any(1, true);
  const auto number = [](const at::Tensor& chosen) {
    return static_cast<std::size_t>(chosen.sum().item<std::int64_t>());
  };
  counts_.tokens += number(own);
  counts_.cached += number(own & computed.logical_not());
}

nn::NamedTensors CachedTokens::run(const nn::Program& cut, const nn::NamedTensors& inputs) {
  if (selections_.size() == 1 && selections_.front().has_all_rows())
    return run_selected(cut, inputs, selections_.front());
  nn::NamedTensors all;
  for (const auto& [name, example] : examples_) all[name] = room_for(inputs, example);
  for (const TokenSelection& selection : selections_)
    for (const auto& [name, output] : run_selected(cut, inputs, selection))
      all.at(name).index_copy_(0, selection.rows, output);
  return all;
}

nn::NamedTensors CachedTokens::run_selected(const nn::Program& cut, const nn::NamedTensors& inputs,
                                            const TokenSelection& selection) {
  kept_.select(selection);
  nn::NamedTensors outputs = nn::run(cut, *denoiser_.weights, ops_, selection.inputs_of(inputs));
  if (examples_.empty())
    for (const auto& [name, output] : outputs)
      examples_[name] = at::empty_like(output.narrow(0, 0, 0));
  ++counts_.forwards;
  counts_.rows += static_cast<std::size_t>(selection.rows.size(0));
  counts_.bytes = std::max(counts_.bytes, kept_.bytes());
  return outputs;
}

}  // namespace latentrt::accel
