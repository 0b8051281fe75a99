/// The most confident predictions of a block, a fixed number on each step: the rest waits (Nie et
/// al. 2025).

#include <ATen/TensorOperators.h>

#include "sampling/masked/policy.hpp"

namespace latentrt::sampling {
namespace {

class MostConfident final : public TransferPolicy {
 public:
  explicit MostConfident(Confidence confidence) : confidence_(confidence) {}

  Confidence confidence() const override { return confidence_; }
  void transfer(State& state, const BlockStep& step, const Candidates& candidates) const override {
    const at::Tensor first = ranks(candidates.confidence, true) < step.committed;
    commit(state, candidates, first & candidates.open);
  }

 private:
  Confidence confidence_;
};

}  // namespace

void register_low_confidence(PolicyTable& table) {
  table.add({.name = "low_confidence",
             .help = "Commits the most confident predictions, a fixed number on each step",
             .options = {confidence_option()},
             .make = [](const Settings& settings) -> TransferPolicyPtr {
               return std::make_shared<const MostConfident>(confidence_from(settings));
             }});
  table.add({.name = "random",
             .help = "Commits predictions in a random order, a fixed number on each step",
             .options = {},
             .make = [](const Settings&) -> TransferPolicyPtr {
               return std::make_shared<const MostConfident>(Confidence::random);
             }});
}

}  // namespace latentrt::sampling
