#pragma once
/// Key-value caches for masked diffusion language models: most calls compute only some tokens,
/// which attend to the keys and values that the other tokens had in an earlier call.

#include <latentrt/accelerator.hpp>

#include "accel/block_cache/token_choice.hpp"

namespace latentrt::accel {

struct CacheSpec {
  CacheKind kind = CacheKind::prefix;
  int refresh = 0;  ///< see make_token_choice()

  bool operator==(const CacheSpec&) const = default;
};

class BlockCache final : public Accelerator {
 public:
  explicit BlockCache(CacheSpec spec) : spec_(spec) {}

  std::string_view name() const override {
    return spec_.kind == CacheKind::delayed ? "dkv" : "blockcache";
  }
  Axis axis() const override { return Axis::depth; }
  void contribute(PlanBuilder& plan) const override;

 private:
  void check(const sampling::Masked& process, const nn::Program& network) const;

  CacheSpec spec_;
};

}  // namespace latentrt::accel
