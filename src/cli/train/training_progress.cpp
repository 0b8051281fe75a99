#include "cli/train/training_progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <utility>

namespace latentrt::cli {
namespace {

constexpr std::uint64_t kWidth = 24, kSections = 100;

std::string bar(std::uint64_t done, std::uint64_t all) {
  const auto filled = static_cast<std::size_t>(std::min(kWidth, kWidth * done / all));
  return std::string(filled, '=') + std::string(kWidth - filled, ' ');
}

}  // namespace

TrainingProgress::TrainingProgress(std::vector<Measure> measures, std::uint64_t updates, bool quiet)
    : measures_(std::move(measures)),
      updates_(updates),
      quiet_(quiet),
      terminal_(isatty(STDERR_FILENO) != 0) {}

TrainingProgress::~TrainingProgress() {
  if (drawn_) fmt::print(stderr, "\n");
}

void TrainingProgress::operator()(const TrainingUpdate& update) {
  seconds_ += update.seconds;
  ++made_;
  section_.push_back(update);
  if (section_.size() >= updates_ / kSections || update.update >= updates_) close_section(update);
}

void TrainingProgress::close_section(const TrainingUpdate& update) {
  nlohmann::ordered_json point = {{"update", update.update}};
  for (const auto& [name, value] : measures_) {
    double sum = 0;
    for (const TrainingUpdate& each : section_) sum += each.*value;
    point[name] = sum / static_cast<double>(section_.size());
  }
  section_.clear();
  if (!quiet_) print(point);
  drawn_ = !quiet_ && terminal_;
  curve_.push_back(std::move(point));
}

void TrainingProgress::print(const nlohmann::ordered_json& point) const {
  const auto update = point["update"].get<std::uint64_t>();
  const double rate = static_cast<double>(made_) / std::max(seconds_, 1e-9);
  std::string line =
      fmt::format("{}[{}] {}/{}", terminal_ ? "\r" : "", bar(update, updates_), update, updates_);
  for (const Measure& measure : measures_)
    line += fmt::format("  {} {:.3f}", measure.name, point[measure.name].get<double>());
  fmt::print(stderr, "{}  {:.2f} updates/s  {:.0f} s left{}", line, rate,
             static_cast<double>(updates_ - update) / rate, terminal_ ? " " : "\n");
  std::fflush(stderr);
}

}  // namespace latentrt::cli
