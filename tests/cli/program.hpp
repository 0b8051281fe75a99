#pragma once
/// Runs the programs as a user does.

#include <string>
#include <vector>

namespace latentrt::testing {

struct Outcome {
  int exit_code;
  std::string out, err;
};

/// `build/latentrt ARGUMENTS...`; the environment is the test's own.
Outcome run_latentrt(const std::vector<std::string>& arguments);
Outcome run_bench(const std::vector<std::string>& arguments);
/// `LAUNCHER build/examples/NAME ARGUMENTS...`
Outcome run_example(const std::string& name, const std::vector<std::string>& arguments,
                    const std::string& launcher = "");

}  // namespace latentrt::testing
