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

/// A program of the build folder (or of another one, by its whole path) that runs beside the test;
/// it is killed when the test forgets it.
class Process {
 public:
  /// `environment`: what is set beside the test's own, as NAME=VALUE.
  Process(const std::string& program, const std::vector<std::string>& arguments,
          const std::vector<std::string>& environment = {});
  Process(Process&& other) noexcept;
  Process& operator=(Process&&) = delete;
  ~Process();

  pid_t id() const noexcept { return id_; }
  /// What it has written to stderr so far.
  std::string err() const;
  /// Until it has ended; -1 is the exit code of one that a signal ended.
  Outcome wait();

 private:
  pid_t id_;
  std::filesystem::path out_, err_;
};

}  // namespace latentrt::testing
