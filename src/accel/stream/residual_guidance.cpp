/// Residual classifier-free guidance (section 3.2): the negative prompt's output is computed from
/// the anchor, the clean latents that it is assumed to lead to. These are the item's own picture
/// (self), or the network's estimate for the negative prompt at the first step (onetime).
#include <ATen/TensorOperators.h>

#include <cmath>

#include "accel/stream.hpp"
#include "sampling/gaussian/gaussian.hpp"
#include "sampling/plan_builder.hpp"

namespace latentrt::accel {
namespace {

constexpr const char* kAnchor = "anchor";  ///< [items,...] fp32, of the state

class Residual final : public sampling::GuidanceRule {
 public:
  Residual(StreamGuidance kind, std::vector<schedule::Step> steps)
      : once_(kind == StreamGuidance::onetime_negative), steps_(std::move(steps)) {}

  bool has_unconditional_row(std::size_t step) const override { return once_ && step == 0; }

  at::Tensor unconditional(sampling::State& state, const sampling::Call& call,
                           const at::Tensor& outputs) const override {
    if (once_) renew_anchors(state, call, outputs);
    return sampling::by_cohort(call.steps, [&](const sampling::Cohort& cohort) {
      return virtual_negative(steps_[cohort.step], call.guidance.delta,
                              rows_of(cohort, state.at(kAnchor)),
                              rows_of(cohort, state.at("sample")));
    });
  }

  void enter(sampling::State& entering, const at::Tensor& clean) const override {
    entering[kAnchor] = clean;
  }

  std::string name() const override { return once_ ? "residual (onetime)" : "residual (self)"; }

 private:
  /// The output whose estimate of the clean sample is delta * anchor + (1 - delta) * sample /
  /// signal.
  static at::Tensor virtual_negative(const schedule::Step& step, double delta,
                                     const at::Tensor& anchor, const at::Tensor& sample) {
    const double inverse_signal = std::sqrt(1 + step.sigma * step.sigma);
    const double from_noise = delta == 1 ? 0 : (1 - delta) * inverse_signal;
    return anchor * (delta / step.x0_from_output) +
           sample * ((from_noise - step.x0_from_sample) / step.x0_from_output);
  }

  /// Anchors of items at the first step are the network's estimates for the negative prompt.
  void renew_anchors(sampling::State& state, const sampling::Call& call,
                     const at::Tensor& outputs) const {
    state[kAnchor] = sampling::by_cohort(call.steps, [&](const sampling::Cohort& cohort) {
      if (cohort.step != 0) return rows_of(cohort, state.at(kAnchor));
      return rows_of(cohort, state.at("sample")) * steps_[0].x0_from_sample +
             rows_of(cohort, outputs).to(at::kFloat) * steps_[0].x0_from_output;
    });
  }

  bool once_;
  std::vector<schedule::Step> steps_;
};

class ResidualGuidance final : public Accelerator {
 public:
  explicit ResidualGuidance(StreamGuidance kind) : kind_(kind) {}
  std::string_view name() const override { return "rcfg"; }
  Axis axis() const override { return Axis::guidance; }
  void contribute(PlanBuilder& builder) const override {
    sampling::Plan& plan = builder.state().plan;
    plan.guidance_rule =
        std::make_shared<const Residual>(kind_, sampling::gaussian_of(plan).trajectory.steps);
    builder.note("guidance: " + plan.guidance_rule->name());
  }

 private:
  StreamGuidance kind_;
};

}  // namespace

AcceleratorPtr make_residual_guidance(StreamGuidance kind) {
  const bool is_virtual =
      kind == StreamGuidance::self_negative || kind == StreamGuidance::onetime_negative;
  return is_virtual ? std::make_shared<ResidualGuidance>(kind) : nullptr;
}

}  // namespace latentrt::accel
