/// How long OpenMP's threads spin in the programs, as reported by libgomp.
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "cli/program.hpp"
#include "support/sanitizers.hpp"

namespace latentrt::testing {
namespace {

std::string told_to_libgomp(const std::string& program, std::vector<std::string> environment) {
  environment.push_back("OMP_DISPLAY_ENV=verbose");
  const Outcome outcome = Process(program, {"--help"}, environment).wait();
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  const std::string name = "GOMP_SPINCOUNT = '";
  const std::size_t at = outcome.err.find(name);
  if (at == std::string::npos) return "not told: " + outcome.err;
  const std::size_t begin = at + name.size();
  return outcome.err.substr(begin, outcome.err.find('\'', begin) - begin);
}

TEST(BoundedSpinning, IsTheDefaultOfThePrograms) {
  if (kSanitizer) GTEST_SKIP() << "sanitizers start programs in their own way";
  if (std::getenv("GOMP_SPINCOUNT") != nullptr || std::getenv("OMP_WAIT_POLICY") != nullptr)
    GTEST_SKIP() << "the environment has decided";
  EXPECT_EQ(told_to_libgomp("latentrt", {}), "1000");
  EXPECT_EQ(told_to_libgomp("latentrt-bench", {}), "1000");
}

TEST(BoundedSpinning, LeavesWhatTheUserSet) {
  EXPECT_EQ(told_to_libgomp("latentrt", {"GOMP_SPINCOUNT=77"}), "77");
  EXPECT_EQ(told_to_libgomp("latentrt", {"OMP_WAIT_POLICY=passive"}), "0");
}

}  // namespace
}  // namespace latentrt::testing
