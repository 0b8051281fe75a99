/// Commits all predictions in a step that are confident enough, and at least one (Wu et al. 2025,
/// Fast-dLLM).

#include <ATen/TensorOperators.h>

#include "sampling/masked/policy.hpp"

namespace latentrt::sampling {
namespace {

class Threshold final : public TransferPolicy {
 public:
  explicit Threshold(double tau) : tau_(tau) {}

  std::string schedule() const override { return {}; }
  void transfer(State& state, const BlockStep&, const Candidates& candidates) const override {
    const at::Tensor sure =
        candidates.confidence.ge(tau_) | ranks(candidates.confidence, true).eq(0);
    commit(state, candidates, sure & candidates.open);
  }

 private:
  double tau_;
};

/// Commits the n most confident predictions, for the largest n such that the k-th most confident
/// one has a confidence of at least 1 - factor / (k + 1) for all k from 2 to n.
class Factor final : public TransferPolicy {
 public:
  Factor(double factor, bool off_by_one) : factor_(factor), off_by_one_(off_by_one) {}

  std::string schedule() const override { return {}; }
  void transfer(State& state, const BlockStep&, const Candidates& candidates) const override {
    const at::Tensor order = candidates.confidence.argsort(true, -1, true);
    const at::Tensor place = ranks(candidates.confidence, true);
    const at::Tensor n = at::arange(1, order.size(1) + 1, candidates.confidence.options());
    const at::Tensor fits = candidates.confidence.gather(1, order) >= 1 - factor_ / (n + 1);
    at::Tensor count = (fits | n.eq(1)).to(at::kLong).cumprod(1).sum(1, true);
    const at::Tensor all = candidates.open.sum(1, true);
    if (off_by_one_) count = at::where(count.eq(all - 1), all, count);
    commit(state, candidates, (place < count) & candidates.open);
  }

 private:
  double factor_;
  bool off_by_one_;
};

}  // namespace

void register_parallel(PolicyTable& table) {
  table.add({.name = "threshold",
             .help =
                 "Commits every prediction of a block that is at least so confident; the number "
                 "of steps follows",
             .options = {number_option("tau", 0.9, 0, 1, "The confidence that is enough")},
             .make = [](const Settings& settings) -> TransferPolicyPtr {
               return std::make_shared<const Threshold>(settings.number("tau"));
             }});
  table.add(
      {.name = "factor",
       .help = "Commits n predictions where the n-th is more confident than 1 - f / (n + 1); "
               "the number of steps follows",
       .options = {number_option("f", 1, 0, 1000, "More predictions at once if it is larger"),
                   flag_option("off_by_one", false,
                               "Commits all of a block when only the last one falls short, as "
                               "the published code does")},
       .make = [](const Settings& settings) -> TransferPolicyPtr {
         return std::make_shared<const Factor>(settings.number("f"), settings.flag("off_by_one"));
       }});
}

}  // namespace latentrt::sampling
