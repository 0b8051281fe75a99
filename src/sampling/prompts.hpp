#pragma once
/// Conditioning inputs of the network's rows.

#include <map>
#include <memory>
#include <vector>

#include "sampling/guidance.hpp"
#include "sampling/plan.hpp"
#include "sampling/rows.hpp"

namespace latentrt::sampling {

/// The conditioning of some items, with what the network's prologue computes from it. Immutable.
struct Prompt {
  /// Rows of the unconditional role, where there are any, then those of the conditional one.
  nn::NamedTensors values;
  std::int64_t items = 1;
  bool has_unconditional = false;

  /// Throws Error(internal) for a row that it does not have.
  std::int64_t row(std::int64_t item, Role role) const;
};
using PromptPtr = std::shared_ptr<const Prompt>;

/// An item's conditioning is that of an item of a Prompt.
struct ItemPrompt {
  PromptPtr prompt;
  std::int64_t item = 0;
};

/// Encoded conditioning (rows [unconditional, conditional], or only the conditional ones) -> a
/// Prompt. May run on any thread.
PromptPtr prepare_prompt(const Plan& plan, const nn::NamedTensors& conditioning,
                         bool has_unconditional);

/// What the network's rows read apart from the state. Computed again only where the prompts or the
/// steps of the rows changed. Belongs to one thread.
class RowInputs {
 public:
  /// Of the prompts.
  const nn::NamedTensors& of_prompts(const std::vector<ItemPrompt>& prompts, const RowTable& rows);
  /// Of the prompts and the steps, with what the network's prologue computes from those.
  const nn::NamedTensors& all(const Plan& plan, const Call& call,
                              const std::vector<ItemPrompt>& prompts);
  /// These rows of all().
  const nn::NamedTensors& part(const Rows& rows);
  void clear();

 private:
  struct Source {
    PromptPtr prompt;
    std::int64_t row;
    bool operator==(const Source&) const = default;
  };
  std::vector<Source> sources_;
  nn::NamedTensors of_prompts_, all_;
  std::vector<std::size_t> steps_;  ///< of the rows of all_; empty: all_ is out of date
  std::map<Rows, nn::NamedTensors> parts_;
};

}  // namespace latentrt::sampling
