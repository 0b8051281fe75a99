#pragma once
/// Multistep solvers that repeat an interval once the estimate at its end is known: each step first
/// corrects the interval before it, with the estimate that it has just got, and then predicts the
/// next one.

#include <array>
#include <cstddef>
#include <optional>
#include <vector>

#include "schedule/prediction.hpp"

namespace latentrt::schedule {

/// Estimates at an interval's start and before it that an update may use.
inline constexpr std::size_t kMaxIntervalOrder = 4;
static_assert(kMaxIntervalOrder <= kMaxHistory);

/// next = sample * x + at_end * m' + sum_j before[j] * m[j] + noise * z, where m[0], m[1], ... are
/// the estimates at the interval's start and before it, and m' is the one at its end.
struct IntervalUpdate {
  double sample = 1, at_end = 0, noise = 0;
  std::array<double, kMaxIntervalOrder> before{};
};

/// The two updates of an interval that has been predicted: they differ in their estimates only.
struct Correction {
  IntervalUpdate predicted, corrected;
};

/// The order, at most `most`, of an update that uses the estimates at `index` and before it: these
/// begin at `first`, and no two successive levels among them may be equal.
std::size_t known_order(const std::vector<double>& sigmas, std::size_t first, std::size_t index,
                        std::size_t most);

/// Completes a step that has its estimate of the clean sample. `estimate` is what the solver
/// integrates, and becomes the newest entry of the history; `before` corrects the interval before.
void add_interval(Step& step, const Linear& estimate, const IntervalUpdate& next,
                  const std::optional<Correction>& before);

}  // namespace latentrt::schedule
