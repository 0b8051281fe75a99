#include "sampling/gaussian/blend.hpp"

#include <algorithm>
#include <utility>

namespace latentrt::sampling {
namespace {

constexpr const char* kKnown = "blend.known";
constexpr const char* kNoise = "blend.noise";
constexpr const char* kMask = "blend.mask";
constexpr const char* kUnblended = "blend.without";

}  // namespace

void add_blend(State& state, const Blend& blend, const schedule::Trajectory& trajectory) {
  state[kKnown] = blend.known;
  state[kNoise] = blend.noise;
  state[kMask] = blend.mask;
  const auto goes_back = [](const schedule::Step& step) {
    return step.ignores_blend || step.unblended_weight != 0;
  };
  if (std::ranges::any_of(trajectory.steps, goes_back)) state[kUnblended] = state.at("sample");
}

bool has_blend(const State& state) { return state.contains(kMask); }
bool keeps_unblended(const State& state) { return state.contains(kUnblended); }
const at::Tensor& unblended(const State& state) { return state.at(kUnblended); }

Blend blend_of(const State& state) { return {state.at(kKnown), state.at(kNoise), state.at(kMask)}; }

void set_samples(State& state, at::Tensor sample, at::Tensor with_known) {
  if (keeps_unblended(state)) state[kUnblended] = std::move(sample);
  state["sample"] = std::move(with_known);
}

}  // namespace latentrt::sampling
