#include "accel/block_cache/kept_tokens.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>

namespace latentrt::accel {
namespace {

/// Converts indices [R,K] within rows of `length` elements to indices into the flattened rows.
at::Tensor counted_through(const at::Tensor& rows, const at::Tensor& indices, std::int64_t length) {
  return (rows.unsqueeze(1) * length + indices).flatten();
}

/// Replaces repeated tokens by their first occurrence: the same token may differ in its last bits,
/// depending on where in the batch it is computed.
at::Tensor without_repetitions(const at::Tensor& fresh, const at::Tensor& firsts) {
  if (!firsts.defined()) return fresh;
  return fresh.gather(1, firsts.unsqueeze(2).expand_as(fresh));
}

}  // namespace

at::Tensor KeptTokens::put(const std::string& node, Which which, const at::Tensor& fresh) {
  at::Tensor& kept = kept_[node][which];
  const TokenSelection& of = *selection_;
  if (of.whole()) {
    if (!kept.defined())
      kept = at::empty({of.call_rows, fresh.size(1), fresh.size(2)}, fresh.options());
    kept.index_copy_(0, of.rows, fresh);
    return fresh;
  }
  const at::Tensor places = counted_through(of.rows, of.tokens, kept.size(1));
  kept.flatten(0, 1).index_copy_(0, places, without_repetitions(fresh, of.firsts).flatten(0, 1));
  return of.rows_of(kept);
}

void KeptTokens::keep(const sampling::Rows& rows) {
  for (auto& [node, both] : kept_)
    for (at::Tensor& kept : both) kept = sampling::select_rows(kept, rows);
}

std::uint64_t KeptTokens::bytes() const {
  std::uint64_t bytes = 0;
  for (const auto& [node, both] : kept_)
    for (const at::Tensor& kept : both) bytes += kept.nbytes();
  return bytes;
}

}  // namespace latentrt::accel
