#pragma once
/// Which tokens of an answer a call of the network computes, and which have keys and values of an
/// earlier call.

#include <ATen/core/Tensor.h>

#include <memory>

#include "sampling/masked/masked.hpp"

namespace latentrt::accel {

enum class CacheKind {
  prefix,   ///< a call computes the block and everything after it (Wu et al. 2025, Fast-dLLM)
  dual,     ///< the block only
  delayed,  ///< masks, and tokens that the call before committed (Ma et al. 2025, dKV-Cache)
};

/// Belongs to one run.
class TokenChoice {
 public:
  virtual ~TokenChoice() = default;
  /// [items,L]: whether the call computes the token. Always so for those whose logits are read; for
  /// none of an item that has nothing to commit. To be asked once for each call, in order.
  virtual at::Tensor choose(const sampling::State& state, const sampling::Call& call) = 0;
  /// Only these items stay, in this order.
  virtual void keep(const sampling::Rows& items) = 0;
};

/// All tokens are computed on one call in `refresh`: of an item's block, or, if delayed, of the
/// run. 0: on the block's first call only. `process` outlives the result.
std::unique_ptr<TokenChoice> make_token_choice(const sampling::Masked& process, CacheKind kind,
                                               int refresh);

}  // namespace latentrt::accel
