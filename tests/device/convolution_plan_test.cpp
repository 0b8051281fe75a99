/// Plans for a GPU that does not need to exist: cuDNN chooses by its properties. Their results are
/// tested in tests/nn.
#include "device/convolution_plan.hpp"

#include <gtest/gtest.h>

#include "support/expect_error.hpp"

namespace latentrt::device {
namespace {

/// The properties of an H100, as cuDNN writes them.
constexpr const char* kH100 = R"({
  "deviceName": "NVIDIA H100 80GB HBM3", "deviceVer": 900, "driverVer": 13000, "cudaDeviceId": 0,
  "multiProcessorCount": 132, "smClockRateKHz": 1980000, "memClockRateKHz": 2619000,
  "totalGlobalMem": 85017493504, "l2CacheSize": 52428800, "warpSize": 32, "pciDeviceId": 9008,
  "maxGridSize": [2147483647, 65535, 65535], "maxBlockSize": [1024, 1024, 64],
  "maxThreadsPerBlock": 1024, "maxThreadsPerSM": 2048, "maxCtasPerSM": 32,
  "regsPerBlock": 65536, "maxRegistersPerSM": 65536, "maxSharedMemoryPerBlock": 49152,
  "maxSharedMemoryPerBlockOptin": 232448, "reservedSharedMemoryPerBlock": 1024,
  "isTccDriver": 0, "supportCoopLaunch": 1})";

class ConvolutionPlans : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!can_plan_convolutions()) GTEST_SKIP() << "a build without cuDNN";
  }
};

TEST_F(ConvolutionPlans, AreThereForTheConvolutionsOfNetworks) {
  for (const DType dtype : {DType::bf16, DType::fp16}) {
    for (const auto& [in, out, side] :
         {std::tuple{320, 320, 64}, {960, 640, 32}, {2560, 1280, 8}, {320, 640, 17}}) {
      // A residual without a bias, which no network has, needs a kernel that is compiled on the
      // GPU's machine.
      for (const auto& [bias, sum] :
           {std::pair{false, false}, std::pair{true, false}, std::pair{true, true}}) {
        ConvolutionShape shape{.dtype = dtype,
                               .rows = 2,
                               .in = in,
                               .height = side,
                               .width = side + 1,
                               .out = out,
                               .bias = bias,
                               .sum = sum};
        const auto whole = plan_convolution(shape, kH100);
        ASSERT_NE(whole, nullptr) << in << ", " << bias << sum;
        EXPECT_GE(whole->workspace_bytes(), 0);
        shape.stride = 2;
        EXPECT_NE(plan_convolution(shape, kH100), nullptr) << in << ", " << bias << sum;
        shape.stride = 1;
        shape.kernel = 1;
        shape.padding = 0;
        EXPECT_NE(plan_convolution(shape, kH100), nullptr) << in << ", " << bias << sum;
      }
    }
  }
}

TEST_F(ConvolutionPlans, SayWhatCudnnSays) {
  const ConvolutionShape shape{.rows = 2, .in = 32, .height = 8, .width = 8, .out = 32};
  EXPECT_ERROR(Code::internal, "cuDNN: the properties of a device", plan_convolution(shape, "{}"));
  ConvolutionShape empty = shape;
  empty.rows = 0;
  EXPECT_ERROR(Code::internal, "cuDNN: a convolution's operation", plan_convolution(empty, kH100));
  ConvolutionShape wide = shape;
  wide.dtype = DType::fp32;
  EXPECT_ERROR(Code::internal, "a convolution plan for fp32", plan_convolution(wide, kH100));
}

TEST(ConvolutionShape, KnowsItsResult) {
  ConvolutionShape shape{.height = 9, .width = 8};
  EXPECT_EQ(shape.out_height(), 9);
  shape.stride = 2;
  EXPECT_EQ(shape.out_height(), 5);
  EXPECT_EQ(shape.out_width(), 4);
}

TEST(ConvolutionPlansWithoutCudnn, AreRefused) {
  if (can_plan_convolutions()) GTEST_SKIP() << "a build with cuDNN";
  EXPECT_ERROR(Code::unsupported, "this build has no cuDNN", plan_convolution({}));
}

}  // namespace
}  // namespace latentrt::device
