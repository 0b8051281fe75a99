#pragma once
/// Scheduler classes of models that this library has no solver for.

#include <string>
#include <string_view>
#include <vector>

#include "schedule/schedule.hpp"

namespace latentrt::schedule {

/// A ModelSolver without a name. Its refusal names the class and, of `solvers`, the one nearest to it.
ModelSolver other_class(std::string_view class_name, const std::vector<std::string>& solvers);

}  // namespace latentrt::schedule
