#include "accel/block_cache/token_choice.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros_like.h>

#include <vector>

namespace latentrt::accel {
namespace {

using sampling::Call;
using sampling::Candidates;
using sampling::Masked;
using sampling::State;

/// Selects the tokens [items,L] whose logits predict the tokens that the call may commit.
at::Tensor read_tokens(const Masked& process, const State& state, const Call& call) {
  const Candidates open = process.open_tokens(state, call);
  const at::Tensor places = process.logit_places(state, open.places);
  return at::zeros_like(state.at("ids")).scatter_add(1, places, open.open.to(at::kLong)).gt(0);
}

/// Selects the tokens that the call computes: the needed and the read ones, or all tokens
/// of an item that refreshes, and none of an item that has nothing to commit.
at::Tensor computed(const at::Tensor& needed, const at::Tensor& read, const at::Tensor& refreshes) {
  return (needed | read | refreshes) & read.any(1, true);
}

class BlockTokens final : public TokenChoice {
 public:
  BlockTokens(const Masked& process, bool to_end, int refresh)
      : process_(process), to_end_(to_end), refresh_(refresh) {}

  at::Tensor choose(const State& state, const Call& call) override {
    const sampling::BlockStep block = process_.block_step(state, call);
    count_calls_of(block.begin);
    const at::Tensor token = at::arange(state.at("ids").size(1), block.begin.options());
    at::Tensor needed = token >= block.begin;
    if (!to_end_) needed = needed & (token < block.end);
    const at::Tensor refreshes = refresh_ == 0 ? age_.eq(0) : age_.remainder(refresh_).eq(0);
    return computed(needed, read_tokens(process_, state, call), refreshes);
  }

  void keep(const sampling::Rows& items) override {
    begin_ = sampling::select_rows(begin_, items);
    age_ = sampling::select_rows(age_, items);
  }

 private:
  void count_calls_of(const at::Tensor& begin) {
    if (!begin_.defined()) age_ = begin_ = at::full_like(begin, -1);
    age_ = at::where(begin.eq(begin_), age_ + 1, 0);
    begin_ = begin;
  }

  const Masked& process_;
  const bool to_end_;
  const int refresh_;
  /// [items,1]: beginning of the item's current block, and previous calls in it
  at::Tensor begin_, age_;
};

/// Computes masks and tokens whose id has changed. A token that was just committed is computed once
/// more, with its id; its cached keys and values are used from the next call on.
class ChangedTokens final : public TokenChoice {
 public:
  ChangedTokens(const Masked& process, int refresh) : process_(process), refresh_(refresh) {}

  at::Tensor choose(const State& state, const Call& call) override {
    const at::Tensor& ids = state.at("ids");
    if (!known_.defined()) known_ = at::full_like(ids, -1);
    const at::Tensor needed = ids.eq(process_.options().prediction.mask_id) | ids.ne(known_);
    const at::Tensor fresh =
        computed(needed, read_tokens(process_, state, call), refreshes(call, ids));
    known_ = at::where(fresh, ids, known_);
    return fresh;
  }

  void keep(const sampling::Rows& items) override { known_ = sampling::select_rows(known_, items); }

 private:
  at::Tensor refreshes(const Call& call, const at::Tensor& ids) const {
    std::vector<std::int64_t> now;
    for (const std::size_t step : call.steps)
      now.push_back(refresh_ > 0 ? step % static_cast<std::size_t>(refresh_) == 0 : step == 0);
    return at::tensor(now, ids.options()).ne(0).unsqueeze(1);
  }

  const Masked& process_;
  const int refresh_;
  at::Tensor known_;  ///< ids for which the cached keys and values were computed
};

}  // namespace

std::unique_ptr<TokenChoice> make_token_choice(const Masked& process, CacheKind kind, int refresh) {
  if (kind == CacheKind::delayed) return std::make_unique<ChangedTokens>(process, refresh);
  return std::make_unique<BlockTokens>(process, kind == CacheKind::prefix, refresh);
}

}  // namespace latentrt::accel
