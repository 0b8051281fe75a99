#pragma once
/// The masked process: an answer of masked tokens, of which each step fills some (Austin et al.
/// 2021; Nie et al. 2025), block by block from left to right.

#include <optional>

#include "sampling/masked/early_stop.hpp"
#include "sampling/masked/policy.hpp"
#include "sampling/process.hpp"

namespace latentrt::sampling {

/// What a call predicts, where a state has both: "predicted" [items,L] int64 are the ids before the
/// call with every mask filled in, also those of later blocks; "confidence" [items,L] fp64 is how
/// sure the policy is of each, and 0 for tokens that were not masked. Without them the network's
/// head runs for the masks that a call may commit only.
inline constexpr const char* kPredicted = "predicted";
inline constexpr const char* kConfidence = "confidence";

struct MaskedOptions {
  Blocks blocks{};
  PredictionOptions prediction{};  ///< confidence and tempered are the policy's
  TransferPolicyPtr policy{};
  /// Logits for a token are those of the token before it (Ye et al. 2025, Dream).
  bool shifted = false;
  /// An answer that holds an end of PredictionOptions with no mask before it is finished. Not for
  /// policies that edit finished blocks.
  bool early_stop = false;
};

/// The state is "ids" [items,L] int64: padding, prompt and answer, which is the last
/// Blocks::gen_length tokens of every item; "padding" [items] int64, the tokens before the prompt;
/// kPredicted and kConfidence where they are wanted; and what the policy keeps. The network is told
/// "input_ids" and "logit_indices", of which it returns "logits" (models/transformer); the
/// unconditional role has masks for a prompt.
class Masked final : public Process {
 public:
  /// Throws Error(invalid_argument) for an answer that is not whole blocks, and so on.
  explicit Masked(MaskedOptions options);

  std::size_t calls() const override;
  bool done(const State& state, std::size_t next) const override;
  Rows unfinished(const State& state) const override;
  double timestep(std::size_t) const override { return 0; }
  double clock(std::size_t step) const override { return static_cast<double>(step); }
  void step_inputs(const Call&, const nn::Network&, nn::NamedTensors&) const override {}
  void state_inputs(const State& state, const Call& call, const nn::Network& network,
                    nn::NamedTensors& inputs) const override;
  void advance(State& state, const Call& call, const Outputs& outputs,
               NoiseSource& noise) const override;
  /// The ids, and for the masked ones of the item's block the most likely prediction.
  at::Tensor estimate(const State& before, const Call& call, const Outputs& outputs) const override;
  std::string describe() const override;

  /// Masked tokens up to the end of each item's block, which are open, and where predictions are
  /// kept, those after it: places [items,K].
  Candidates open_tokens(const State& state, const Call& call) const;
  /// The tokens [items,K] whose logits predict those at `places`.
  at::Tensor logit_places(const State& state, const at::Tensor& places) const;
  BlockStep block_step(const State& state, const Call& call) const;
  const MaskedOptions& options() const noexcept { return options_; }

 private:
  bool by_schedule() const { return !counts_.empty(); }
  std::size_t step_in_block(std::size_t step) const;
  at::Tensor blocks_of(const State& state, const Call& call) const;
  Predictions predictions(const State& state, const Call& call, const at::Tensor& logits,
                          const at::Tensor& places, NoiseSource& noise) const;

  MaskedOptions options_;
  std::optional<EarlyStop> early_stop_;
  std::vector<std::int64_t> counts_;  ///< of a block's steps; empty: as many as it needs
};

/// With guidance [items,K,V]; see GuidancePolicy.
at::Tensor guided_logits(const Call& call, const Outputs& outputs);

}  // namespace latentrt::sampling
