#include "cli/latentrt/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

namespace latentrt::cli {
namespace {

double total(const VariantCost& cost) {
  return static_cast<double>(cost.macs) + static_cast<double>(cost.attention_macs);
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

RunReport report_on(const Result& result, const std::vector<VariantCost>& costs) {
  std::vector<VariantCost> sorted = costs;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const VariantCost& a, const VariantCost& b) { return total(a) > total(b); });
  RunReport report;
  for (const VariantCost& cost : sorted) report.variants.push_back(cost.name);
  double computed = 0, seconds = 0;
  std::vector<double> whole_seconds;
  for (std::size_t step = 0; step < result.step_variants.size(); ++step) {
    const auto ran = std::find_if(sorted.begin(), sorted.end(), [&](const VariantCost& cost) {
      return cost.name == result.step_variants[step];
    });
    report.map += static_cast<char>('A' + (ran - sorted.begin()));
    computed += total(ran == sorted.end() ? sorted.front() : *ran);
    seconds += result.timings.step_s[step];
    if (ran == sorted.begin()) whole_seconds.push_back(result.timings.step_s[step]);
  }
  const auto steps = static_cast<double>(result.step_variants.size());
  report.mac_ratio = computed / (steps * total(sorted.front()));
  report.predicted_speedup = 1 / report.mac_ratio;
  if (!whole_seconds.empty()) report.measured_speedup = steps * median(whole_seconds) / seconds;
  return report;
}

nlohmann::ordered_json to_json(const RunReport& report) {
  return {{"map", report.map},
          {"variants", report.variants},
          {"mac_ratio", report.mac_ratio},
          {"predicted_speedup", report.predicted_speedup},
          {"measured_speedup", report.measured_speedup}};
}

std::string to_text(const RunReport& report) {
  std::string letters;
  for (std::size_t i = 0; i < report.variants.size(); ++i) {
    letters += fmt::format("{}{} = {}", i == 0 ? "" : "; ", static_cast<char>('A' + i),
                           report.variants[i]);
  }
  return fmt::format(
      "steps: {} ({})\n{:.0f} % of the multiply-accumulates, {:.2f}x predicted, {:.2f}x measured",
      report.map, letters, 100 * report.mac_ratio, report.predicted_speedup,
      report.measured_speedup);
}

}  // namespace latentrt::cli
