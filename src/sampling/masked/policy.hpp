#pragma once
/// Which predictions a step commits, and which tokens it masks again.

#include <memory>

#include "base/settings.hpp"
#include "sampling/guidance.hpp"
#include "sampling/masked/candidates.hpp"
#include "sampling/masked/counts.hpp"

namespace latentrt::sampling {

/// A step of every item that a call is made for.
struct BlockStep {
  std::int64_t mask_id = 0;
  at::Tensor committed{};  ///< [items,1] int64: tokens that the item's step commits by its schedule
  at::Tensor left{};       ///< [items,1] int64: tokens of the block that later steps commit
  at::Tensor begin{}, end{};  ///< [items,1] int64: of the item's block in the state's ids
};

/// Immutable.
class TransferPolicy {
 public:
  virtual ~TransferPolicy() = default;

  virtual Confidence confidence() const { return Confidence::probability; }
  /// See PredictionOptions::tempered.
  virtual bool tempered() const { return false; }
  /// The schedule of transfer_counts(); "": a block takes as many steps as its tokens need.
  virtual std::string schedule() const { return "llada"; }
  /// Whether a committed token may be masked again before its block is complete.
  virtual bool masks_again() const { return false; }
  /// Whether a token may be masked again after its block is complete: caches of finished blocks
  /// cannot be used then.
  virtual bool edits_finished_blocks() const { return false; }
  /// The next ids of `state`, and what the policy itself keeps there.
  virtual void transfer(State& state, const BlockStep& step,
                        const Candidates& candidates) const = 0;
};
using TransferPolicyPtr = std::shared_ptr<const TransferPolicy>;

/// A policy by name: the options of its spec, and what makes it from them.
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
  /// Throws Error(invalid_argument) for a name, key or value that does not exist; the sentence
  /// lists those that do.
  TransferPolicyPtr make(const Spec& spec) const;

 private:
  std::vector<PolicyKind> kinds_;
};

/// Generated.
void register_all_policies(PolicyTable& table);

PolicyTable all_policies();

/// The option "schedule" of policies that have one, for transfer_counts().
OptionSpec schedule_option(std::string fallback);
/// The option "confidence" of policies that have one.
OptionSpec confidence_option();
Confidence confidence_from(const Settings& settings);

/// Places of each row's elements in their order, [items,K]; equal ones in that of their indices.
at::Tensor ranks(const at::Tensor& values, bool descending);
/// Writes the chosen [items,K] predictions into the state's ids.
void commit(State& state, const Candidates& candidates, const at::Tensor& chosen);

}  // namespace latentrt::sampling
