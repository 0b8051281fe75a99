#pragma once
/// The masked process: an answer starts as mask tokens, and each step fills in some of them (Austin
/// et al. 2021; Nie et al. 2025), block by block from left to right.

#include <optional>

#include "sampling/masked/early_stop.hpp"
#include "sampling/masked/policy.hpp"
#include "sampling/process.hpp"

namespace latentrt::sampling {

/// Names of the state's tensors that keep the predictions of a call; both are optional and occur
/// together. "predicted" [items,L] int64 has the ids before the call with every mask filled in,
/// including those of later blocks. "confidence" [items,L] fp64 has the policy's confidence in each
/// prediction, and 0 for tokens that were not masked. Without them the network's head runs only for
/// the masks that a call may commit.
inline constexpr const char* kPredicted = "predicted";
inline constexpr const char* kConfidence = "confidence";

struct MaskedOptions {
  Blocks blocks{};
  PredictionOptions prediction{};  ///< confidence and tempered are set by the policy
  TransferPolicyPtr policy{};
  /// Whether the logits of a token are computed at the token before it (Ye et al. 2025, Dream).
  bool shifted = false;
  /// An answer is finished once it contains an end token of PredictionOptions with no mask before
  /// it. Not supported for policies that edit finished blocks.
  bool early_stop = false;
};

/// The state has "ids" [items,L] int64: padding, prompt and answer, where the answer is the last
/// Blocks::gen_length tokens of every item; "padding" [items] int64: the number of tokens before
/// the prompt; kPredicted and kConfidence if predictions are kept; and the tensors of the policy.
/// The inputs of the network are "input_ids" and "logit_indices", and its output is "logits" for
/// those indices (models/transformer). In the rows of the unconditional role the prompt is replaced
/// by masks.
class Masked final : public Process {
 public:
  /// Throws Error(invalid_argument) for options that do not fit each other, for example an answer
  /// that is not a whole number of blocks.
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
  /// Returns the ids, in which the masks of the item's block are replaced by the most likely
  /// prediction.
  at::Tensor estimate(const State& before, const Call& call, const Outputs& outputs) const override;
  std::string describe() const override;

  /// Returns the masked tokens up to the end of each item's block, which are open, and, if
  /// predictions are kept, those after it, which are not open. Only places [items,K] and open are
  /// set.
  Candidates open_tokens(const State& state, const Call& call) const;
  /// Returns the indices [items,K] of the tokens whose logits predict the tokens at `places`.
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
  /// Number of tokens that each step of a block commits; empty without a schedule.
  std::vector<std::int64_t> counts_;
};

/// Returns the logits [items,K,V] after guidance; see GuidancePolicy.
at::Tensor guided_logits(const Call& call, const Outputs& outputs);

}  // namespace latentrt::sampling
