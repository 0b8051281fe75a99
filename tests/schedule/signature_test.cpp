/// Every configuration key of every scheduler class is read, refused or known to have no effect:
/// compared with the constructors' signatures, which scripts/goldens/schedule.py lists.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "schedule/options.hpp"
#include "schedule/solver_table.hpp"

namespace latentrt::schedule::testing {
namespace {

using Json = nlohmann::ordered_json;

Json signatures() {
  std::ifstream file(LATENTRT_SOURCE_DIR "/tests/golden/schedule/signatures.json");
  return Json::parse(file)["classes"];
}

SolverTable solvers() {
  SolverTable table;
  register_all_solvers(table);
  return table;
}

const OptionSpec* option_of(const Solver& solver, const std::string& key) {
  const auto found = std::find_if(solver.options.begin(), solver.options.end(),
                                  [&](const OptionSpec& spec) { return spec.key == key; });
  return found == solver.options.end() ? nullptr : &*found;
}

bool is_without_effect(const Solver& solver, const std::string& key) {
  const auto& keys = solver.without_effect;
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

/// The default of an absent key, according to the signatures.
Json fallback_of(const Solver& solver, const OptionSpec& spec) {
  const auto given = solver.class_defaults.find(spec.key);
  if (given == solver.class_defaults.end() && !spec.fallback) return nullptr;
  const Option& value = given == solver.class_defaults.end() ? *spec.fallback : given->second;
  if (value.kind == Option::Kind::boolean) return value.boolean;
  if (value.kind == Option::Kind::text) return value.text.empty() ? Json() : Json(value.text);
  return std::isinf(value.number) ? Json(value.number < 0 ? "-inf" : "inf") : Json(value.number);
}

TEST(SchedulerSignatures, CoverEveryClass) {
  const Json classes = signatures();
  for (const std::string& name : solver_names()) {
    const SolverTable table = solvers();
    const Solver& solver = table.by_name(name);
    EXPECT_TRUE(solver.class_name.empty() || classes.contains(solver.class_name)) << name;
  }
}

TEST(SchedulerSignatures, EveryKeyIsReadRefusedOrWithoutEffect) {
  const Json classes = signatures();
  const SolverTable table = solvers();
  for (const auto& [class_name, keys] : classes.items()) {
    const Solver* solver = table.by_class(class_name);
    ASSERT_NE(solver, nullptr) << class_name;
    for (const auto& [key, fallback] : keys.items())
      EXPECT_NE(option_of(*solver, key) != nullptr, is_without_effect(*solver, key))
          << class_name << ' ' << key;
  }
}

TEST(SchedulerSignatures, AbsentKeysMeanTheClassesDefaults) {
  const Json classes = signatures();
  const SolverTable table = solvers();
  for (const auto& [class_name, keys] : classes.items()) {
    const Solver& solver = *table.by_class(class_name);
    for (const auto& [key, fallback] : keys.items()) {
      const OptionSpec* spec = option_of(solver, key);
      if (!spec) continue;
      const bool empty = fallback.is_array() && fallback.empty();  // equivalent to none
      EXPECT_EQ(fallback_of(solver, *spec), empty ? Json() : fallback) << class_name << ' ' << key;
    }
  }
}

TEST(SchedulerSignatures, OnlyKeysOfTheClassAreWithoutEffect) {
  const Json classes = signatures();
  const SolverTable table = solvers();
  for (const auto& [class_name, keys] : classes.items()) {
    for (const std::string& key : table.by_class(class_name)->without_effect)
      EXPECT_TRUE(keys.contains(key)) << class_name << ' ' << key;
  }
}

/// Values that are neither neutral nor supported are refused with a sentence, never ignored.
TEST(SchedulerSignatures, FlagsThatCannotBeSwitchedOnAreRefused) {
  for (const std::string& name : solver_names()) {
    const SolverTable table = solvers();
    for (const OptionSpec& spec : table.by_name(name).options) {
      if (!spec.only_false) continue;
      EXPECT_EQ(error_of([&] {
                  make_trajectory(name, {{spec.key, flag(true)}}, {.steps = 5});
                }),
                "unsupported: " + name + ": " + spec.key + "=true is not supported");
    }
  }
}

}  // namespace
}  // namespace latentrt::schedule::testing
