/// The options of every solver of this build.
#include "support/option_checks.hpp"

#include <gtest/gtest.h>

#include "schedule/solver_table.hpp"

namespace latentrt::schedule::testing {
namespace {

SolverTable solvers() {
  SolverTable table;
  register_all_solvers(table);
  return table;
}

TEST(SchedulerOptions, KeepWhatTheyDeclare) {
  const SolverTable table = solvers();
  for (const Solver& solver : table.solvers())
    latentrt::testing::check_declared_options(solver.name, solver.help, solver.options);
}

TEST(SchedulerOptions, AreAllListedButThoseThatAreRefused) {
  const std::vector<NamedOptions> all = describe_schedules();
  const SolverTable table = solvers();
  ASSERT_EQ(all.size(), table.solvers().size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Solver& solver = table.solvers()[i];
    EXPECT_EQ(all[i].name, solver.name);
    const auto refused = std::ranges::count(solver.options, true, &OptionSpec::only_false);
    EXPECT_EQ(all[i].options.size() + static_cast<std::size_t>(refused), solver.options.size());
  }
}

TEST(SchedulerOptions, OfAPersonAreParsedByTheirKind) {
  const Options options = parse_options(
      "Euler", Spec::parse("euler:use_karras_sigmas=True,trained_betas=0.5,sigma_max=14"));
  EXPECT_TRUE(options.at("use_karras_sigmas").boolean);
  EXPECT_EQ(options.at("trained_betas").numbers, std::vector<double>{0.5});
  EXPECT_EQ(options.at("sigma_max").number, 14);
}

}  // namespace
}  // namespace latentrt::schedule::testing
