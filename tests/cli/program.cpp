#include "cli/program.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace latentrt::testing {
namespace {

namespace fs = std::filesystem;

std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return result + "'";
}

std::string take_file(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  fs::remove(file);
  return text.str();
}

Outcome run(const std::string& program, const std::vector<std::string>& arguments,
            const std::string& launcher = "") {
  static int counter = 0;
  const fs::path stem = fs::temp_directory_path() / ("latentrt-cli-" + std::to_string(getpid()) +
                                                     "-" + std::to_string(++counter));
  const fs::path out = stem.string() + ".out", err = stem.string() + ".err";
  std::string command = launcher + " " + quoted(std::string(LATENTRT_BINARY_DIR) + "/" + program);
  for (const std::string& argument : arguments) command += " " + quoted(argument);
  command += " </dev/null >" + quoted(out.string()) + " 2>" + quoted(err.string());
  const int status = std::system(command.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, take_file(out), take_file(err)};
}

}  // namespace

Outcome run_latentrt(const std::vector<std::string>& arguments) {
  return run("latentrt", arguments);
}
Outcome run_bench(const std::vector<std::string>& arguments) {
  return run("latentrt-bench", arguments);
}

Outcome run_example(const std::string& name, const std::vector<std::string>& arguments,
                    const std::string& launcher) {
  return run("examples/" + name, arguments, launcher);
}

}  // namespace latentrt::testing
