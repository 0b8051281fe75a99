/// Processes that return from main() while their streams work.
///   forgotten_stream MODEL_DIRECTORY             runs the two below 10 times each, and counts the
///   exit codes that are not 0 forgotten_stream MODEL_DIRECTORY c|c++ DELAY  pushes frames, waits
///   so many milliseconds and returns
#include <latentrt/latentrt.h>
#include <spawn.h>
#include <sys/wait.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <latentrt/stream_session.hpp>
#include <string>
#include <thread>
#include <vector>

namespace {

constexpr int kSide = 64, kFrames = 8, kRuns = 20;
// milliseconds, so that exits happen at all places of the first frames
constexpr int kDelayStep = 7;

void push_in_c(const char* model) {
  lrt_stream_options options{};
  options.size = sizeof options;
  options.model = model;
  options.accel = "stream:t_index=22/32";
  options.width = options.height = kSide;
  options.input_queue = kFrames;
  lrt_stream* stream = nullptr;
  if (lrt_stream_create(&options, &stream) != LRT_OK) std::exit(3);
  const std::vector<std::uint8_t> pixels(4 * kSide * kSide, 99);
  for (int i = 0; i < kFrames; ++i)
    lrt_stream_push(stream, pixels.data(), kSide, kSide, 0, nullptr);
}

void push_in_cpp(const char* model) {
  const auto pipeline = latentrt::Pipeline::load(latentrt::Context::create(), model);
  auto* const session = new latentrt::StreamSession(
      pipeline, {.t_index = {22, 32}, .width = kSide, .height = kSide}, {.input = kFrames});
  const latentrt::Image image{kSide, kSide, std::vector<std::uint8_t>(3 * kSide * kSide, 99)};
  for (int i = 0; i < kFrames; ++i) session->push(image);
}

/// The exit code, or the negative number of the signal that ended it.
int run(std::vector<std::string> words) {
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t child = 0;
  int status = 0;
  if (posix_spawn(&child, "/proc/self/exe", nullptr, nullptr, arguments.data(), environ) != 0)
    return 1;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

int run_all(const char* model) {
  int failures = 0;
  for (int i = 0; i < kRuns; ++i) {
    const char* const language = i % 2 == 0 ? "c" : "c++";
    const int code = run({"forgotten_stream", model, language, std::to_string(i * kDelayStep)});
    if (code == 0) continue;
    ++failures;
    std::fprintf(stderr, "%s, exit after %d ms: %d\n", language, i * kDelayStep, code);
  }
  std::printf("%d runs, %d failures\n", kRuns, failures);
  return failures == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2) return run_all(argv[1]);
  if (argc != 4) return 2;
  std::strcmp(argv[2], "c") == 0 ? push_in_c(argv[1]) : push_in_cpp(argv[1]);
  std::this_thread::sleep_for(std::chrono::milliseconds(std::stoi(argv[3])));
  return 0;
}
