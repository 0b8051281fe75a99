#pragma once
/// Transfer policies: which predictions a step commits, and which tokens it masks again.

#include <memory>

#include "base/settings.hpp"
#include "sampling/guidance.hpp"
#include "sampling/masked/candidates.hpp"
#include "sampling/masked/counts.hpp"

namespace latentrt::sampling {

/// The current block and step of each item of a call.
struct BlockStep {
  std::int64_t mask_id = 0;
  at::Tensor committed{};  ///< [items,1] int64: number of tokens that this step commits
  at::Tensor left{};  ///< [items,1] int64: number of tokens that later steps of the block commit
  at::Tensor begin{}, end{};  ///< [items,1] int64: bounds of the item's block in the state's ids
};

/// Decides which predictions a step commits and which tokens it masks again. Immutable.
class TransferPolicy {
 public:
  virtual ~TransferPolicy() = default;

  virtual Confidence confidence() const { return Confidence::probability; }
  /// See PredictionOptions::tempered.
  virtual bool tempered() const { return false; }
  /// A schedule of transfer_counts(), or "" for none: a block then takes as many steps as it needs.
  virtual std::string schedule() const { return "llada"; }
  /// Whether a committed token may be masked again before its block is complete.
  virtual bool masks_again() const { return false; }
  /// Whether a token may be masked again after its block is complete. Caches of finished blocks
  /// cannot be used then.
  virtual bool edits_finished_blocks() const { return false; }
  /// Updates the ids of `state`, and the tensors that the policy keeps in it.
  virtual void transfer(State& state, const BlockStep& step,
                        const Candidates& candidates) const = 0;
};
using TransferPolicyPtr = std::shared_ptr<const TransferPolicy>;

/// Describes a policy: its name, its options and the function that creates it from a spec.
struct PolicyKind {
  std::string name;
  std::string help;  ///< one sentence, without a full stop
  std::vector<OptionSpec> options;
  TransferPolicyPtr (*make)(const Settings&) = nullptr;
};

/// The policies of this build, found by listing src/sampling/masked/policies: each <name>.cpp there
/// defines `void register_<name>(PolicyTable&)`.
class PolicyTable {
 public:
  void add(PolicyKind kind) { kinds_.push_back(std::move(kind)); }
  const std::vector<PolicyKind>& kinds() const noexcept { return kinds_; }
  /// Creates the policy of a spec. Throws Error(invalid_argument) for an unknown name, key or
  /// value; the message lists the valid ones.
  TransferPolicyPtr make(const Spec& spec) const;

 private:
  std::vector<PolicyKind> kinds_;
};

/// Defined in a generated source file.
void register_all_policies(PolicyTable& table);

PolicyTable all_policies();

/// The option "schedule" of policies that have one, for transfer_counts().
OptionSpec schedule_option(std::string fallback);
/// The option "confidence" of policies that have one.
OptionSpec confidence_option();
Confidence confidence_from(const Settings& settings);

/// Returns the rank of each element within its row, [items,K]; equal elements rank in order of
/// their indices.
at::Tensor ranks(const at::Tensor& values, bool descending);
/// Writes the predictions at `chosen` [items,K] into the state's ids.
void commit(State& state, const Candidates& candidates, const at::Tensor& chosen);

}  // namespace latentrt::sampling
