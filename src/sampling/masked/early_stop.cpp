#include "sampling/masked/early_stop.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/isin.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/where.h>

namespace latentrt::sampling {
namespace {

/// Marks the tokens that may still change: masks, or, with whole_blocks, all tokens of blocks that
/// contain a mask.
at::Tensor unsettled(const at::Tensor& answers, const Blocks& blocks, const EarlyStop& stop) {
  const at::Tensor masked = answers.eq(stop.mask_id);
  if (!stop.whole_blocks) return masked;
  const at::Tensor of_blocks = masked.unflatten(1, {blocks.count(), blocks.block_length});
  return of_blocks.any(2, true).expand_as(of_blocks).flatten(1);
}

}  // namespace

void end_answers(State& state, const Blocks& blocks, const EarlyStop& stop) {
  at::Tensor& ids = state.at("ids");
  const std::int64_t begin = ids.size(1) - blocks.gen_length;
  const at::Tensor answers = ids.slice(1, begin);
  const at::Tensor settled = unsettled(answers, blocks, stop).to(at::kLong).cumsum(1).eq(0);
  const at::Tensor ends = at::isin(answers, at::tensor(stop.end_ids, ids.options())) & settled;
  const at::Tensor first = ends.to(at::kLong).argmax(1, true);
  const at::Tensor after =
      ends.any(1, true) & at::arange(blocks.gen_length, ids.options()).gt(first);
  ids = ids.slice_scatter(at::where(after, answers.gather(1, first), answers), 1, begin);
}

}  // namespace latentrt::sampling
