/// Times similarity on the CUDA device, over the frames and latents among the cases of its test.
/// The floor is a copy of the same number of bytes in the same run; a working set that fits a cache
/// is timed in it. usage: similarity_bench [part of a case's name]

#include <string>
#include <vector>

#include "benchmarks/micro/timing.h"
#include "kernels/similarity/similarity.h"
#include "tests/kernels/similarity_cases.h"

namespace latentrt::kernels {
namespace {

Timing time_device(const SimilarityCase& test_case) {
  SimilarityData data(test_case);
  DeviceMemory a(data.a().size()), b(data.b().size());
  const DeviceMemory result(sizeof(double)),
      workspace(static_cast<std::size_t>(similarity_workspace(test_case.size)) * sizeof(double));
  a.upload(data.a().data());
  b.upload(data.b().data());
  const SimilarityArgs args =
      data.args(a.data(), b.data(), reinterpret_cast<double*>(result.data()),
                reinterpret_cast<double*>(workspace.data()));
  return {data.traffic(), median_seconds([&] { similarity(args, nullptr); }, synchronize_device),
          device_copy_seconds(data.traffic())};
}

std::vector<SimilarityCase> of_streams() {
  std::vector<SimilarityCase> cases;
  for (const SimilarityCase& one : similarity_cases())
    if (one.name.find("px") != std::string::npos) cases.push_back(one);
  return cases;
}

}  // namespace
}  // namespace latentrt::kernels

int main(int argc, char** argv) {
  using namespace latentrt::kernels;
  time_cases(of_streams(), argc > 1 ? argv[1] : "", time_device);
  return 0;
}
