#pragma once
/// Decides which tokens a call of the network computes; the others use keys and values of an
/// earlier call.

#include <ATen/core/Tensor.h>

#include <memory>

#include "sampling/masked/masked.hpp"

namespace latentrt::accel {

enum class CacheKind {
  prefix,  ///< computes the block and everything after it (Wu et al. 2025, Fast-dLLM)
  dual,    ///< computes only the block (Fast-dLLM)
  /// Computes masks and the tokens that the call before committed (Ma et al. 2025, dKV-Cache).
  delayed,
};

/// Chooses the tokens that each call computes. Belongs to one run.
class TokenChoice {
 public:
  virtual ~TokenChoice() = default;
  /// Returns a bool tensor [items,L] that selects the tokens that the call computes: always those
  /// whose logits are read, and none of an item that has nothing to commit. Must be called once for
  /// each call of the network, in order.
  virtual at::Tensor choose(const sampling::State& state, const sampling::Call& call) = 0;
  /// Keeps only these items, in this order.
  virtual void keep(const sampling::Rows& items) = 0;
};

/// Creates a TokenChoice. All tokens are computed in one call out of `refresh`, counted within
/// an item's block, or within the run if `kind` is delayed. With 0 they are computed only in the
/// first call of each block, or of the run. `process` must outlive the result.
std::unique_ptr<TokenChoice> make_token_choice(const sampling::Masked& process, CacheKind kind,
                                               int refresh);

}  // namespace latentrt::accel
