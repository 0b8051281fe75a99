/// Commits as many predictions in a step as are nearly independent of each other (Ben-Hamu et al.
/// 2025): in order of increasing entropy, as long as the entropies of all but the last one add up
/// to at most a bound. That sum is an upper bound of their mutual information.

#include <ATen/TensorOperators.h>

#include "sampling/masked/policy.hpp"

namespace latentrt::sampling {
namespace {

class EntropyBound final : public TransferPolicy {
 public:
  explicit EntropyBound(double gamma) : gamma_(gamma) {}

  Confidence confidence() const override { return Confidence::entropy; }
  bool tempered() const override { return true; }
  std::string schedule() const override { return {}; }
  /// The sum before the first prediction is 0, so that every step commits at least one.
  void transfer(State& state, const BlockStep&, const Candidates& candidates) const override {
    const auto [rising, order] = candidates.confidence.neg().sort(true, 1, false);
    const at::Tensor before = rising.cumsum(1) - rising;
    const at::Tensor fits = before.le(gamma_).gather(1, order.argsort(true, 1, false));
    commit(state, candidates, fits & candidates.open);
  }

 private:
  double gamma_;
};

}  // namespace

void register_entropy_bound(PolicyTable& table) {
  constexpr double kMostNats = 1000;
  table.add({.name = "entropy_bound",
             .help = "Commits predictions in the order of rising entropy, as long as the entropies "
                     "of all but the last one add up to gamma or less; the number of steps follows",
             .options = {number_option("gamma", 0.1, 0, kMostNats,
                                       "The bound in nats: more predictions at once if it is "
                                       "larger")},
             .make = [](const Settings& settings) -> TransferPolicyPtr {
               return std::make_shared<const EntropyBound>(settings.number("gamma"));
             }});
}

}  // namespace latentrt::sampling
