#pragma once
/// Operations that compute some tokens, which attend to all tokens.

#include <memory>

#include "accel/block_cache/kept_tokens.hpp"
#include "nn/ops/op_set.hpp"

namespace latentrt::accel {

/// Throws Error(invalid_argument) that names the node if a node of the Program reads other tokens
/// in any way except attention without a causal mask. The message begins with `who`.
void check_tokens_are_apart(const nn::Program& program, std::string_view who);

/// Decorates an OpSet: attention gets the cached keys and values, updated with those of the
/// computed tokens; all other operations are passed on unchanged. Belongs to one run, like its
/// KeptTokens.
class CachedOps final : public nn::OpSet {
 public:
  CachedOps(std::shared_ptr<const nn::OpSet> local, KeptTokens& kept)
      : local_(std::move(local)), kept_(kept) {}

  nn::Implementation choose(const nn::OpCall& call) const override;

 private:
  std::shared_ptr<const nn::OpSet> local_;
  KeptTokens& kept_;
};

}  // namespace latentrt::accel
