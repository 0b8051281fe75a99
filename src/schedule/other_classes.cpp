#include "schedule/other_classes.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/quote.hpp"

namespace latentrt::schedule {
namespace {

/// Prefix of a class name, and the solver with the same or the most similar trajectory.
struct Nearest {
  std::string_view prefix, solver;
};

/// Longer prefixes precede shorter ones.
constexpr Nearest kNearest[] = {
    {"DDIM", "ddim"},
    {"DDPM", "ddpm"},
    {"DPMSolver", "dpmpp_2m"},
    {"IPNDM", "pndm"},
};

/// Classes whose networks predict something that these solvers do not support, or on another scale.
constexpr std::string_view kOtherProcesses[] = {
    "Amused",   "CMStochastic", "CosineDPM", "FlowM",    "Helios",
    "KarrasVe", "LTX",          "SCM",       "ScoreSde", "VQ",
};

bool is_other_process(std::string_view class_name) {
  for (const std::string_view prefix : kOtherProcesses)
    if (class_name.starts_with(prefix)) return true;
  return false;
}

std::string_view nearest_to(std::string_view class_name) {
  for (const Nearest& entry : kNearest)
    if (class_name.starts_with(entry.prefix)) return entry.solver;
  return "euler";
}

}  // namespace

ModelSolver other_class(std::string_view class_name, const std::vector<std::string>& solvers) {
  const std::string what =
      class_name.empty()
          ? "the scheduler's file has no _class_name"
          : fmt::format("the scheduler class {} is not available", quote(class_name));
  if (is_other_process(class_name)) {
    return {.refusal = what + ", and no other scheduler fits a model of its kind",
            .replaceable = false};
  }
  return {.refusal = fmt::format("{}; {} runs such a model (--scheduler, or "
                                 "SamplerOptions::schedule), and so does any of {}",
                                 what, nearest_to(class_name), fmt::join(solvers, ", ")),
          .nearest = std::string(nearest_to(class_name))};
}

}  // namespace latentrt::schedule
