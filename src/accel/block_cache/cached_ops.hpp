#pragma once
/// Operations on some tokens, which attend to all of them.

#include <memory>

#include "accel/block_cache/kept_tokens.hpp"
#include "nn/ops/op_set.hpp"

namespace latentrt::accel {

/// Throws Error(invalid_argument) that names a node of the Program that reads other tokens in
/// another way than attention without a causal mask. `who` begins the sentence.
void check_tokens_are_apart(const nn::Program& program, std::string_view who);

/// Decorates an OpSet: attention gets the kept keys and values, with the fresh ones in their
/// places; everything else is passed on unchanged. Belongs to one run, like its KeptTokens.
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
