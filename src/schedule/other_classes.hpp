#pragma once
/// Scheduler classes for which this library has no solver.

#include <string>
#include <string_view>
#include <vector>

#include "schedule/schedule.hpp"

namespace latentrt::schedule {

/// A ModelSolver without a name. Its refusal names the class and the nearest of `solvers`.
ModelSolver other_class(std::string_view class_name, const std::vector<std::string>& solvers);

}  // namespace latentrt::schedule
