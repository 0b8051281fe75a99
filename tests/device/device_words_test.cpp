/// Error sentences about GPUs that cannot be used or that failed, for states that this machine does
/// not need to be in.
#include "device/device_words.hpp"

#include <gtest/gtest.h>

namespace latentrt::device {
namespace {

struct Coverage {
  const char* architecture;
  int major, minor;
  bool runs;
};

TEST(DeviceCode, RunsWhereCudaSaysSo) {
  for (const Coverage& c : {Coverage{"80", 8, 0, true},
                            {"80", 8, 9, true},
                            {"86", 8, 0, false},
                            {"80", 9, 0, true},
                            {"90", 8, 9, false},
                            {"80-real", 8, 6, true},
                            {"80-real", 9, 0, false},
                            {"80-virtual", 8, 0, true},
                            {"80-virtual", 12, 0, true},
                            {"86-virtual", 8, 0, false},
                            {"90a", 9, 0, true},
                            {"90a", 10, 0, false},
                            {"90a", 9, 1, false},
                            {"90a-real", 9, 0, true},
                            {"100f", 10, 0, true},
                            {"100f", 10, 3, true},
                            {"100f", 12, 0, false},
                            {"120", 12, 0, true},
                            {"120", 9, 0, false}}) {
    EXPECT_EQ(runs_on(c.architecture, c.major, c.minor), c.runs)
        << c.architecture << " on " << c.major << "." << c.minor;
  }
}

TEST(DeviceCode, ThatIsMissingNamesTheGpuAndTheBuild) {
  const kernels::CudaDevice gpu{.index = 1, .name = "RTX 4090", .major = 8, .minor = 9};
  EXPECT_FALSE(missing_code(gpu, {"90a", "89"}).has_value());
  EXPECT_EQ(missing_code(gpu, {"90a", "120"}),
            "cuda:1 (RTX 4090) has compute capability 8.9, and this build has code for 90a, 120: "
            "build it with -DCMAKE_CUDA_ARCHITECTURES=89");
}

TEST(DeviceThatIsMissing, IsExplained) {
  const auto words = [](int runtime, int driver, int count) {
    return missing_device("cuda:2", {runtime, driver}, count);
  };
  EXPECT_EQ(words(0, 0, 0), "device 'cuda:2' is not available: this is a build without CUDA");
  EXPECT_EQ(words(13000, 0, 0),
            "device 'cuda:2' is not available: this machine has no NVIDIA driver (this build needs "
            "one for CUDA 13.0)");
  EXPECT_EQ(words(13010, 12040, 0),
            "device 'cuda:2' is not available: the NVIDIA driver is for CUDA up to 12.4, and this "
            "build needs one for 13.1");
  // The same major version is enough.
  EXPECT_EQ(words(13010, 13000, 2),
            "device 'cuda:2' is not available: this process can use 2 CUDA devices");
}

TEST(DeviceMemory, ThatIsExhaustedComesWithFigures) {
  EXPECT_EQ(exhausted_memory(MemoryShortage{.asked = std::uint64_t{3} << 30,
                                            .free = std::uint64_t{500} << 20,
                                            .total = std::uint64_t{8} << 30}),
            "device memory is exhausted: 3072 MiB were asked for, and 500 MiB of 8192 MiB are "
            "free; a smaller size or batch, bf16 or fp16 (--dtype), or the autoencoder in tiles "
            "(--vae-tiling) take less");
  EXPECT_EQ(exhausted_memory({}),
            "device memory is exhausted: a smaller size or batch, bf16 or fp16 (--dtype), or the "
            "autoencoder in tiles (--vae-tiling) take less");
}

}  // namespace
}  // namespace latentrt::device
