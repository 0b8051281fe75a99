#include "cli/program.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

namespace latentrt::testing {
namespace {

namespace fs = std::filesystem;

std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return result + "'";
}

std::string text_of(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

std::string take_file(const fs::path& file) {
  const std::string text = text_of(file);
  fs::remove(file);
  return text;
}

/// A file name that no other test program uses.
std::string new_stem() {
  static int counter = 0;
  return fs::temp_directory_path() /
         ("latentrt-cli-" + std::to_string(getpid()) + "-" + std::to_string(++counter));
}

std::string path_of(const std::string& program) { return fs::path(LATENTRT_BINARY_DIR) / program; }

int exit_code(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : -1; }

/// In the child: executes the program, or exits.
[[noreturn]] void become(std::vector<std::string> words, std::vector<std::string> environment,
                         const fs::path& out, const fs::path& err) {
  const auto redirect = [](const char* file, int flags, int to) {
    ::dup2(::open(file, flags, 0600), to);
  };
  redirect("/dev/null", O_RDONLY, 0);
  redirect(out.c_str(), O_WRONLY | O_CREAT, 1);
  redirect(err.c_str(), O_WRONLY | O_CREAT, 2);
  for (const int interrupt : {SIGINT, SIGTERM})
    ::signal(interrupt, SIG_DFL);  // whatever the test has inherited
  for (std::string& variable : environment) ::putenv(variable.data());
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  ::execvp(arguments[0], arguments.data());
  ::_exit(127);
}

Outcome run(const std::string& program, const std::vector<std::string>& arguments,
            const std::string& launcher = "") {
  const std::string stem = new_stem();
  const fs::path out = stem + ".out", err = stem + ".err";
  std::string command = launcher + " " + quoted(path_of(program));
  for (const std::string& argument : arguments) command += " " + quoted(argument);
  command += " </dev/null >" + quoted(out.string()) + " 2>" + quoted(err.string());
  const int status = std::system(command.c_str());
  return {exit_code(status), take_file(out), take_file(err)};
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

Process::Process(const std::string& program, const std::vector<std::string>& arguments,
                 const std::vector<std::string>& environment)
    : id_(-1) {
  const std::string stem = new_stem();
  out_ = stem + ".out";
  err_ = stem + ".err";
  std::vector<std::string> words{path_of(program)};
  words.insert(words.end(), arguments.begin(), arguments.end());
  id_ = ::fork();
  if (id_ == 0) become(std::move(words), environment, out_, err_);
}

Process::Process(Process&& other) noexcept
    : id_(std::exchange(other.id_, -1)), out_(std::move(other.out_)), err_(std::move(other.err_)) {}

Process::~Process() {
  if (id_ <= 0) return;
  ::kill(id_, SIGKILL);
  wait();
}

std::string Process::err() const { return text_of(err_); }

Outcome Process::wait() {
  int status = -1;
  ::waitpid(std::exchange(id_, -1), &status, 0);
  return {exit_code(status), take_file(out_), take_file(err_)};
}

}  // namespace latentrt::testing
