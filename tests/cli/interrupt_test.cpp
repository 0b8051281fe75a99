/// SIGINT and SIGTERM: exit code 130 and no file, whatever the program is doing.
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <sstream>
#include <thread>
#include <utility>

#include "cli/latentrt_fixture.hpp"

namespace latentrt::testing {
namespace {

using namespace std::chrono_literals;

constexpr int kInterrupted = 130;

std::string proc_file(const Process& process, const char* name) {
  std::ostringstream text;
  text << std::ifstream("/proc/" + std::to_string(process.id()) + "/" + name).rdbuf();
  return text.str();
}

/// Seconds of processor time.
double cpu_seconds(const Process& process) {
  const std::string stat = proc_file(process, "stat");
  std::istringstream fields(stat.substr(stat.rfind(')') + 1));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  double user = 0, system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

bool handles_interrupts(const Process& process) {
  const std::string status = proc_file(process, "status");
  const std::size_t at = status.find("SigCgt:");
  if (at == std::string::npos) return false;
  const std::uint64_t caught = std::stoull(status.substr(at + 7), nullptr, 16);
  return (caught >> (SIGINT - 1) & 1) != 0;
}

bool has_ended(const Process& process) {
  const std::string stat = proc_file(process, "stat");
  return stat.compare(stat.rfind(')') + 2, 1, "Z") == 0;
}

/// Waits for the condition, or until the program has ended.
template <class Condition>
void wait_until(const Process& process, Condition condition) {
  while (!has_ended(process) && !condition()) std::this_thread::sleep_for(2ms);
}

class Interrupt : public Latentrt {
 protected:
  /// A run of minutes.
  Arguments long_run(const Arguments& more = {}) const {
    Arguments all{"txt2img", "--model", kModel,  "--prompt", "a red circle",
                  "--steps", "900",     "--out", picture()};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  void expect_interrupted(Process& process) {
    const Outcome outcome = process.wait();
    EXPECT_EQ(outcome.exit_code, kInterrupted) << outcome.err;
    EXPECT_EQ(outcome.out.find("median"), std::string::npos) << outcome.out;
    EXPECT_TRUE(folder_.empty());
  }

  /// When the program has used so much processor time.
  void interrupt_at(double seconds, const std::string& program, const Arguments& arguments,
                    int signal = SIGINT) {
    Process process(program, arguments);
    wait_until(process,
               [&] { return handles_interrupts(process) && cpu_seconds(process) >= seconds; });
    ::kill(process.id(), signal);
    expect_interrupted(process);
  }
};

TEST_F(Interrupt, AtAnyMomentOfARun) {
  for (const double seconds : {0.0, 0.2, 0.4, 0.8, 1.5})
    interrupt_at(seconds, "latentrt", long_run());
  interrupt_at(1, "latentrt", long_run(), SIGTERM);
}

/// All steps are complete, and the decoder has seconds of work left.
TEST_F(Interrupt, WhileThePictureIsDecoded) {
  for (const int signal : {SIGINT, SIGTERM}) {
    Process process("latentrt",
                    {"txt2img", "--model", kModel, "--prompt", "a red circle", "--steps", "1",
                     "--guidance", "1", "--width", "1024", "--height", "1024", "--out", picture()});
    wait_until(process, [&] { return process.err().find("step 1 of 1") != std::string::npos; });
    ::kill(process.id(), signal);
    expect_interrupted(process);
  }
}

TEST_F(Interrupt, WhileAPictureIsEncoded) {
  const Arguments run{"img2img",
                      "--model",
                      kModel,
                      "--prompt",
                      "a red circle",
                      "--image",
                      kModel + "/contact_sheet.png",
                      "--width",
                      "1024",
                      "--height",
                      "1024",
                      "--steps",
                      "900",
                      "--out",
                      picture()};
  for (const double seconds : {0.5, 1.0, 2.0}) interrupt_at(seconds, "latentrt", run);
}

TEST_F(Interrupt, AStreamKeepsWholeFramesOnly) {
  Process process("latentrt", {"stream", "--model", kModel, "--count", "100000", "--width", "64",
                               "--height", "64", "--output", folder_.path().string()});
  wait_until(process, [&] { return std::filesystem::exists(folder_ / "000001.png"); });
  ::kill(process.id(), SIGINT);
  EXPECT_EQ(process.wait().exit_code, kInterrupted);
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path()))
    EXPECT_EQ(entry.path().extension(), ".png") << entry.path();
}

/// After the first frame the program waits for hours.
TEST_F(Interrupt, AStreamThatWaitsForItsNextFrame) {
  Process process("latentrt",
                  {"stream", "--model", kModel, "--count", "2", "--fps", "0.0001", "--width", "64",
                   "--height", "64", "--output", "-", "--accel", "stream:t_index=10/20/30/40"});
  double used = 0;
  wait_until(process, [&] {
    const double before = std::exchange(used, cpu_seconds(process));
    std::this_thread::sleep_for(500ms);
    return handles_interrupts(process) && before > 0 && cpu_seconds(process) - before < 0.05;
  });
  ::kill(process.id(), SIGINT);
  expect_interrupted(process);
}

TEST_F(Interrupt, Benchmarks) {
  interrupt_at(1, "latentrt-bench", {"--config", "shapes", "--runs", "100000"});
}

TEST_F(Interrupt, CommandsThatOnlyLook) {
  for (const Arguments& command :
       {Arguments{"plan-ranks", "--config", "sdxl", "--ranks", "2,4,8,16,32"},
        Arguments{"info", "--model", kModel, "--memory"}}) {
    Process process("latentrt", command);
    wait_until(process, [&] { return handles_interrupts(process); });
    ::kill(process.id(), SIGINT);
    const int code = process.wait().exit_code;
    EXPECT_TRUE(code == kInterrupted || code == 0) << code;  // 0: it finished before the signal
  }
}

}  // namespace
}  // namespace latentrt::testing
