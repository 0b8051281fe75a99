#pragma once
/// What the accelerators of a run did: which part of the network each step ran, and what that saved.

#include <latentrt/sampler.hpp>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace latentrt::cli {

struct RunReport {
  std::string map;  ///< a letter a step: A for the costliest variant, B for the next
  std::vector<std::string> variants;  ///< names, the costliest first: what the letters stand for
  double mac_ratio =
      1;  ///< what was computed, of what running the costliest each step would have been
  double predicted_speedup = 1;  ///< 1 / mac_ratio, with attention
  double measured_speedup = 1;   ///< the same of the steps' times
};

/// `costs` as Sampler::costs gives them.
RunReport report_on(const Result& result, const std::vector<VariantCost>& costs);

nlohmann::ordered_json to_json(const RunReport& report);
std::string to_text(const RunReport& report);

}  // namespace latentrt::cli
