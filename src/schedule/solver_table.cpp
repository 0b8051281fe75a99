#include "schedule/solver_table.hpp"

#include <algorithm>

#include "base/fail.hpp"
#include "base/quote.hpp"
#include "schedule/solver_names.hpp"

namespace latentrt::schedule {

void SolverTable::add(Solver solver) {
  const auto place =
      std::lower_bound(solvers_.begin(), solvers_.end(), solver.name,
                       [](const Solver& a, const std::string& name) { return a.name < name; });
  solvers_.insert(place, std::move(solver));
}

const Solver& SolverTable::by_name(std::string_view name) const {
  for (const Solver& solver : solvers_) {
    if (solver.name == name) return solver;
  }
  const std::string key = solver_key(name);
  for (const Solver& solver : solvers_) {
    if (key.empty()) break;  // equals that of a solver without a class
    if (key == solver_key(solver.name) || key == solver_key(solver.class_name)) return solver;
  }
  fail(Code::invalid_argument, "unknown scheduler {}: it is one of {}", quote(name),
       fmt::join(names(), ", "));
}

const Solver* SolverTable::by_class(std::string_view class_name) const {
  if (class_name.empty()) return nullptr;
  const auto found = std::find_if(solvers_.begin(), solvers_.end(), [&](const Solver& solver) {
    return solver.class_name == class_name ||
           std::ranges::find(solver.more_classes, class_name) != solver.more_classes.end();
  });
  return found == solvers_.end() ? nullptr : &*found;
}

std::vector<std::string> SolverTable::names() const {
  std::vector<std::string> names;
  for (const Solver& solver : solvers_) names.push_back(solver.name);
  return names;
}

}  // namespace latentrt::schedule
