/// Running confidence remasking (He et al. 2025, MDPO): a step commits all predictions, then masks
/// the tokens again whose confidence was lowest when they were predicted.

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/where.h>

#include <limits>

#include "sampling/masked/policy.hpp"

namespace latentrt::sampling {
namespace {

constexpr const char* kRunning = "running_confidence";
constexpr double kNever = std::numeric_limits<double>::infinity();

struct RcrOptions {
  /// Whether the running confidence is the highest of all predictions so far, or that of the last
  /// one.
  bool maximum;
  bool in_blocks;  ///< whether tokens of finished blocks are left unchanged
  std::string schedule;
  Confidence confidence;
};

class Rcr final : public TransferPolicy {
 public:
  explicit Rcr(RcrOptions options) : options_(std::move(options)) {}

  Confidence confidence() const override { return options_.confidence; }
  bool tempered() const override { return true; }
  std::string schedule() const override { return options_.schedule; }
  bool masks_again() const override { return true; }
  bool edits_finished_blocks() const override { return !options_.in_blocks; }

  void transfer(State& state, const BlockStep& step, const Candidates& candidates) const override {
    commit(state, candidates, candidates.open);
    remember(state, candidates);
    const at::Tensor lowest = ranks(scores(state, step), false) < step.left;
    state["ids"] = state.at("ids").masked_fill(lowest, step.mask_id);
  }

 private:
  /// Updates the running confidence of each token: the highest confidence of its predictions, or
  /// that of the last one; infinity for tokens that were never predicted.
  void remember(State& state, const Candidates& candidates) const {
    at::Tensor& running = state[kRunning];
    if (!running.defined())
      running = at::full_like(state.at("ids"), kNever, candidates.confidence.options());
    const at::Tensor old = running.gather(1, candidates.places);
    const at::Tensor& last = candidates.confidence;
    const at::Tensor fresh =
        options_.maximum ? at::where(old.eq(kNever), last, last.maximum(old)) : last;
    running = running.scatter(1, candidates.places, at::where(candidates.open, fresh, old));
  }

  /// Returns the running confidence of tokens that may be masked again, and infinity for all
  /// others.
  at::Tensor scores(const State& state, const BlockStep& step) const {
    const at::Tensor& running = state.at(kRunning);
    if (!options_.in_blocks) return running;
    const at::Tensor token = at::arange(running.size(1), step.begin.options());
    return running.masked_fill(token < step.begin, kNever);
  }

  RcrOptions options_;
};

TransferPolicyPtr make(const Settings& settings) {
  return std::make_shared<const Rcr>(RcrOptions{.maximum = settings.text("mode") == "max",
                                                .in_blocks = settings.text("scope") == "block",
                                                .schedule = settings.text("schedule"),
                                                .confidence = confidence_from(settings)});
}

}  // namespace

void register_rcr(PolicyTable& table) {
  table.add(
      {.name = "rcr",
       .help = "Running confidence remasking (He et al. 2025): tokens whose confidence was lowest "
               "are predicted again",
       .options = {choice_option(
                       "mode", "latest", {"latest", "max"},
                       "The confidence of a token's last prediction, or the highest so far"),
                   choice_option("scope", "global", {"global", "block"},
                                 "Whether tokens of finished blocks may be masked again"),
                   schedule_option("linear"), confidence_option()},
       .make = make});
}

}  // namespace latentrt::sampling
