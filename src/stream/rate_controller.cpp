#include "stream/rate_controller.hpp"

#include <algorithm>
namespace latentrt::pipeline {
namespace {

constexpr int kWindow = 2;  // cycles
constexpr double kRoom = 0.9;

/// Average number of stages per frame.
double work_of(int reduction, int stages) {
  const WorkLevel e = work_level(reduction, stages);
  return static_cast<double>(e.stages * e.made) / kCycle;
}

}  // namespace

bool WorkLevel::computes(std::uint64_t place) const {
  const auto made_before = [this](std::uint64_t n) {
    return n * static_cast<std::uint64_t>(made) / kCycle;
  };
  return made_before(place % kCycle + 1) > made_before(place % kCycle);
}

WorkLevel work_level(int reduction, int stages) {
  const int frames = std::max(0, reduction - (stages - 1));
  return {std::max(1, stages - reduction), std::max(1, kCycle - frames)};
}

std::vector<int> kept_stages(const std::vector<int>& t_index, int count) {
  std::vector<int> kept;
  for (int i = 0; i < count; ++i)
    kept.push_back(
        t_index[static_cast<std::size_t>(i) * t_index.size() / static_cast<std::size_t>(count)]);
  return kept;
}

RateController::RateController(double fps, int stages, int buffer, int reduction)
    : period_(1 / fps), stages_(stages), buffer_(buffer) {
  change_to(std::min(reduction, stages - 1 + kCycle - 1));
}

void RateController::change_to(int reduction) {
  reduction_ = reduction;
  passed_ = -stages_ * buffer_;
  sum_ = 0;
}

void RateController::observe(double seconds) {
  if (++passed_ <= 0) return;
  sum_ += seconds;
  if (passed_ < kWindow * kCycle * buffer_) return;
  const double cost = sum_ / passed_;
  const double now = work_of(reduction_, stages_);
  const bool slower = cost > period_ && work_of(reduction_ + 1, stages_) < now;
  const bool faster =
      reduction_ > 0 && cost * work_of(reduction_ - 1, stages_) < kRoom * period_ * now;
  passed_ = 0;
  sum_ = 0;
  if (slower) change_to(reduction_ + 1);
  if (faster) change_to(reduction_ - 1);
}

}  // namespace latentrt::pipeline
