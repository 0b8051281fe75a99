#pragma once
/// Report on the accelerators of a run: which part of the network each step ran, and what that
/// saved.

#include <latentrt/sampler.hpp>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace latentrt::cli {

struct RunReport {
  std::string map;  ///< one letter per step: A for the costliest variant, B for the next
  std::vector<std::string> variants;  ///< names for the letters, the costliest first
  double mac_ratio = 1;  ///< computed work, relative to running the costliest variant in each step
  double predicted_speedup = 1;  ///< 1 / mac_ratio, with attention
  double measured_speedup = 1;   ///< from the times of the steps
};

/// `costs` as returned by Sampler::costs.
RunReport report_on(const Result& result, const std::vector<VariantCost>& costs);

nlohmann::ordered_json to_json(const RunReport& report);
std::string to_text(const RunReport& report);

}  // namespace latentrt::cli
