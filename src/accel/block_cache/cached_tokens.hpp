#pragma once
/// Calls of a network that compute only some tokens of each row.

#include <memory>
#include <vector>

#include "accel/block_cache/cached_ops.hpp"
#include "accel/block_cache/token_choice.hpp"
#include "sampling/token_cache.hpp"

namespace latentrt::accel {

/// A TokenCache that runs rows that compute all tokens and rows that compute some of them
/// separately. Rows that have nothing to commit are not run, and their outputs are zeros. In the
/// first call all rows compute all tokens.
class CachedTokens final : public sampling::TokenCache {
 public:
  CachedTokens(const nn::Network& denoiser, std::unique_ptr<TokenChoice> choice)
      : denoiser_(denoiser), choice_(std::move(choice)), ops_(denoiser.ops, kept_) {}

  void keep(const sampling::Rows& items, const sampling::Rows& rows) override;
  void begin_call(const sampling::State& state, const sampling::Call& call) override;
  nn::NamedTensors run(const nn::Program& cut, const nn::NamedTensors& inputs) override;
  sampling::TokenCounts counts() const override { return counts_; }

 private:
  void count(const at::Tensor& computed, const at::Tensor& padding);
  nn::NamedTensors run_selected(const nn::Program& cut, const nn::NamedTensors& inputs,
                                const TokenSelection& selection);

  const nn::Network denoiser_;
  const std::unique_ptr<TokenChoice> choice_;
  KeptTokens kept_;
  CachedOps ops_;
  std::vector<TokenSelection> selections_;  ///< selections of the current call
  nn::NamedTensors examples_;               ///< outputs with zero rows: names, shapes and types
  sampling::TokenCounts counts_;
};

}  // namespace latentrt::accel
