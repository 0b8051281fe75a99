#include "train/learning_rate.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace latentrt::train {
namespace {

double share(std::uint64_t part, std::uint64_t whole) {
  return static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

double learning_rate(const OptimizerOptions& options, std::uint64_t update) {
  const double highest = options.learning_rate;
  if (update < options.warmup) return highest * share(update + 1, options.warmup);
  if (options.schedule == OptimizerOptions::Schedule::constant) return highest;
  const std::uint64_t length = std::max(options.updates, options.warmup + 1) - options.warmup;
  const double done = std::min(1.0, share(update - options.warmup, length));
  return highest * (1 + std::cos(std::numbers::pi * done)) / 2;
}

}  // namespace latentrt::train
