#pragma once
/// Progress of a training run on stderr (a bar on a terminal, plain lines elsewhere), and the curve
/// in its report.

#include <cstdint>
#include <latentrt/train.hpp>
#include <nlohmann/json.hpp>
#include <vector>

namespace latentrt::cli {

/// A value of an update that is shown and reported.
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
  /// Returns the learning curve: each point is a mean over about a hundredth of the updates.
  const nlohmann::ordered_json& curve() const noexcept { return curve_; }
  double seconds() const noexcept { return seconds_; }

 private:
  void close_section(const TrainingUpdate& update);
  void print(const nlohmann::ordered_json& point) const;

  std::vector<Measure> measures_;
  std::uint64_t updates_;
  bool quiet_, terminal_, drawn_ = false;
  double seconds_ = 0;
  std::uint64_t made_ = 0;  ///< updates made in this run
  std::vector<TrainingUpdate> section_;
  nlohmann::ordered_json curve_ = nlohmann::ordered_json::array();
};

}  // namespace latentrt::cli
