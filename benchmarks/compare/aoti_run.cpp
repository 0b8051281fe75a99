/// Times packages compiled by AOTInductor, in the same way as latentrt-bench times LatentRT, and
/// prints the same JSON.
///
///   aoti_run THREADS RUNS NAME PACKAGE INPUTS [NAME PACKAGE INPUTS]...
///
/// INPUTS is a list of tensors written by torch.save.

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <sys/resource.h>
#include <time.h>
#include <torch/csrc/inductor/aoti_package/model_package_loader.h>
#include <torch/csrc/jit/serialization/pickle.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace {

std::vector<at::Tensor> read_inputs(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<char> bytes(std::istreambuf_iterator<char>(file), {});
  std::vector<at::Tensor> inputs;
  const at::IValue list = torch::jit::pickle_load(bytes);
  for (const at::IValue& value : list.toListRef()) inputs.push_back(value.toTensor());
  return inputs;
}

struct Part {
  Part(std::string part, const std::string& path, const std::string& inputs_path)
      : name(std::move(part)), package(path), inputs(read_inputs(inputs_path)) {}

  std::string name;
  torch::inductor::AOTIModelPackageLoader package;
  std::vector<at::Tensor> inputs;
};

/// Age of the process, which includes the time before main in which programs and libraries are
/// loaded.
double seconds_since_start() {
  std::ifstream file("/proc/self/stat");
  const std::string text(std::istreambuf_iterator<char>(file), {});
  std::istringstream fields(text.substr(text.rfind(')') + 2));
  constexpr int kBeforeStartTime = 19;
  std::string skipped;
  for (int i = 0; i < kBeforeStartTime; ++i) fields >> skipped;
  double ticks = 0;
  fields >> ticks;
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec) -
         ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double run_once(Part& part) {
  const auto start = std::chrono::steady_clock::now();
  part.package.run(part.inputs);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void time_part(Part& part, int runs) {
  const double warm_up = run_once(part);
  std::vector<double> times;
  for (int i = 0; i < runs; ++i) times.push_back(run_once(part));
  std::printf("\"%s\": {\"warm_up_s\": %.6f, \"runs\": [", part.name.c_str(), warm_up);
  for (std::size_t i = 0; i < times.size(); ++i)
    std::printf("%s%.6f", i == 0 ? "" : ", ", times[i]);
  std::printf("]}, ");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 6 || argc % 3 != 0) {
    std::fputs("aoti_run THREADS RUNS NAME PACKAGE INPUTS [NAME PACKAGE INPUTS]...\n", stderr);
    return 2;
  }
  at::set_num_threads(std::atoi(argv[1]));
  const c10::InferenceMode inference;
  std::deque<Part> parts;  // a deque, because a loader cannot be moved
  for (int i = 3; i < argc; i += 3) parts.emplace_back(argv[i], argv[i + 1], argv[i + 2]);
  std::printf("{\"ready_s\": %.6f, ", seconds_since_start());
  for (Part& part : parts) time_part(part, std::atoi(argv[2]));
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf("\"peak_memory_bytes\": %ld}\n", 1024 * usage.ru_maxrss);
}
