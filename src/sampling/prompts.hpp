#pragma once
/// Conditioning inputs of the network's rows.

#include <map>
#include <memory>
#include <vector>

#include "sampling/guidance.hpp"
#include "sampling/plan.hpp"
#include "sampling/rows.hpp"

namespace latentrt::sampling {

/// The conditioning of some items, with the values that the network's prologue computes from it.
/// Immutable.
struct Prompt {
  /// Rows of the unconditional role, if there are any, followed by those of the conditional role.
  nn::NamedTensors values;
  std::int64_t items = 1;
  bool has_unconditional = false;

  /// Throws Error(internal) if a row does not exist.
  std::int64_t row(std::int64_t item, Role role) const;
};
using PromptPtr = std::shared_ptr<const Prompt>;

/// Selects the conditioning of one item of a Prompt.
struct ItemPrompt {
  PromptPtr prompt;
  std::int64_t item = 0;
};

/// Makes a Prompt from encoded conditioning (rows [unconditional, conditional], or only the
/// conditional ones). May run on any thread.
PromptPtr prepare_prompt(const Plan& plan, const nn::NamedTensors& conditioning,
                         bool has_unconditional);

/// The inputs of the network's rows that do not depend on the state. Recomputed only if the prompts
/// or the steps of the rows changed. Belongs to one thread.
class RowInputs {
 public:
  /// Inputs from the prompts.
  const nn::NamedTensors& of_prompts(const std::vector<ItemPrompt>& prompts, const RowTable& rows);
  /// Inputs from the prompts and the steps, with the values that the network's prologue computes
  /// from them.
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
  std::vector<std::size_t> steps_;  ///< the rows of all_; empty if all_ is out of date
  std::map<Rows, nn::NamedTensors> parts_;
};

}  // namespace latentrt::sampling
