/// Commits the most confident predictions of a block, a fixed number in each step (Nie et al.
/// 2025).

#include <ATen/TensorOperators.h>

#include <utility>

#include "sampling/masked/policy.hpp"

namespace latentrt::sampling {
namespace {

struct CountedOptions {
  std::string schedule;
  Confidence confidence;
  bool tempered;
};

class MostConfident final : public TransferPolicy {
 public:
  explicit MostConfident(CountedOptions options) : options_(std::move(options)) {}

  Confidence confidence() const override { return options_.confidence; }
  bool tempered() const override { return options_.tempered; }
  std::string schedule() const override { return options_.schedule; }
  void transfer(State& state, const BlockStep& step, const Candidates& candidates) const override {
    const at::Tensor first = ranks(candidates.confidence, true) < step.committed;
    commit(state, candidates, first & candidates.open);
  }

 private:
  CountedOptions options_;
};

TransferPolicyPtr make_low_confidence(const Settings& settings) {
  return std::make_shared<const MostConfident>(
      CountedOptions{.schedule = settings.text("schedule"),
                     .confidence = confidence_from(settings),
                     .tempered = settings.flag("tempered")});
}

TransferPolicyPtr make_random(const Settings& settings) {
  return std::make_shared<const MostConfident>(CountedOptions{
      .schedule = settings.text("schedule"), .confidence = Confidence::random, .tempered = false});
}

}  // namespace

void register_low_confidence(PolicyTable& table) {
  table.add({.name = "low_confidence",
             .help = "Commits the most confident predictions, a fixed number on each step",
             .options = {schedule_option("llada"), confidence_option(),
                         flag_option("tempered", false,
                                     "Confidence is that after temperature, top-k and top-p, as "
                                     "in the published code of MDPO")},
             .make = make_low_confidence});
  table.add({.name = "random",
             .help = "Commits predictions in a random order, a fixed number on each step",
             .options = {schedule_option("llada")},
             .make = make_random});
}

}  // namespace latentrt::sampling
