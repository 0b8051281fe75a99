#pragma once
/// Runs the programs as a user does.

#include <sys/types.h>

#include <filesystem>
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

/// A program of the build folder (or another one, given by its full path) that runs concurrently;
/// it is killed in the destructor.
class Process {
 public:
  /// `environment`: variables in addition to the test's own, as NAME=VALUE.
  Process(const std::string& program, const std::vector<std::string>& arguments,
          const std::vector<std::string>& environment = {});
  Process(Process&& other) noexcept;
  Process& operator=(Process&&) = delete;
  ~Process();

  pid_t id() const noexcept { return id_; }
  /// The output on stderr so far.
  std::string err() const;
  /// Waits until it has ended; the exit code is -1 if a signal ended it.
  Outcome wait();

 private:
  pid_t id_;
  std::filesystem::path out_, err_;
};

}  // namespace latentrt::testing
