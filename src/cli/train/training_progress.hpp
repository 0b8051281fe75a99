#pragma once
/// Progress of a training on stderr: a bar on a terminal, plain lines elsewhere; and what its
/// report says of it.

#include <cstdint>
#include <latentrt/train.hpp>
#include <nlohmann/json.hpp>
#include <vector>

namespace latentrt::cli {

/// What an update is measured by.
struct Measure {
  const char* name;
  double TrainingUpdate::*value;
};

class TrainingProgress {
 public:
  TrainingProgress(std::vector<Measure> measures, std::uint64_t updates, bool quiet);
  ~TrainingProgress();
  TrainingProgress(const TrainingProgress&) = delete;
  TrainingProgress& operator=(const TrainingProgress&) = delete;

  void operator()(const TrainingUpdate& update);
  /// Means over about a hundredth of the updates each.
  const nlohmann::ordered_json& curve() const noexcept { return curve_; }
  double seconds() const noexcept { return seconds_; }

 private:
  void close_section(const TrainingUpdate& update);
  void print(const nlohmann::ordered_json& point) const;

  std::vector<Measure> measures_;
  std::uint64_t updates_;
  bool quiet_, terminal_, drawn_ = false;
  double seconds_ = 0;
  std::uint64_t made_ = 0;  ///< updates of this run
  std::vector<TrainingUpdate> section_;
  nlohmann::ordered_json curve_ = nlohmann::ordered_json::array();
};

}  // namespace latentrt::cli
