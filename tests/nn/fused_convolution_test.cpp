/// Which convolutions use cuDNN's plans, and, if there is a GPU, their results.
#include "nn/ops/fused_convolution.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include "device/cuda/device_query.h"
#include "nn/ops/products.hpp"

namespace latentrt::nn {
namespace {

constexpr auto kChannelsLast = at::MemoryFormat::ChannelsLast;

at::Tensor numbers(at::IntArrayRef shape, at::ScalarType type = at::kBFloat16) {
  const at::Tensor made = at::randn(shape).to(type);
  return made.dim() == 4 ? made.contiguous(kChannelsLast) : made;
}

class FusedConvolution : public ::testing::Test {
 protected:
  const Conv2d op_;
  const at::Tensor x_ = numbers({2, 32, 6, 10}), kernel_ = numbers({16, 32, 3, 3}),
                   bias_ = numbers({16}), sum_ = numbers({2, 16, 6, 10}), none_;
};

TEST_F(FusedConvolution, IsDescribedByItsTensors) {
  const device::ConvolutionShape shape = plan_shape({op_, x_, kernel_, bias_, none_});
  EXPECT_EQ(shape, (device::ConvolutionShape{.dtype = DType::bf16,
                                             .rows = 2,
                                             .in = 32,
                                             .height = 6,
                                             .width = 10,
                                             .out = 16,
                                             .bias = true}));
}

TEST_F(FusedConvolution, RefusesWhatPlansCannotRead) {
  if (!device::can_plan_convolutions()) {
    EXPECT_EQ(plan_refusal({op_, x_, kernel_, bias_, sum_}), "this build has no cuDNN");
    return;
  }
  EXPECT_EQ(plan_refusal({op_, x_, kernel_, bias_, sum_}), "");
  EXPECT_EQ(plan_refusal({op_, x_, kernel_, none_, none_}), "");
  EXPECT_EQ(plan_refusal({op_, x_.to(at::kFloat), kernel_, bias_, sum_}), "plans are for 16 bits");
  const Conv2d uneven{.stride = 2, .pad_begin = 0};
  EXPECT_EQ(plan_refusal({uneven, x_, kernel_, bias_, none_}), "the padding differs by side");
  const at::Tensor thin = numbers({2, 4, 6, 10}), thin_kernel = numbers({4, 32, 3, 3});
  EXPECT_EQ(plan_refusal({op_, thin, kernel_, bias_, sum_}), "channels come in packs of 8");
  EXPECT_EQ(plan_refusal({op_, x_, thin_kernel, none_, none_}), "channels come in packs of 8");
  const at::Tensor planes = x_.contiguous(), sum_planes = sum_.contiguous();
  EXPECT_EQ(plan_refusal({op_, planes, kernel_, bias_, sum_}), "channels are not innermost");
  EXPECT_EQ(plan_refusal({op_, x_, kernel_, bias_, sum_planes}), "channels are not innermost");
}

TEST_F(FusedConvolution, FollowsMeasurements) {
  Measurement one{.operation = "convolution",
                  .gpu = "a GPU",
                  .capability = 90,
                  .dtype = DType::bf16,
                  .shape = {{"kernel", 3},
                            {"stride", 1},
                            {"sum", 1},
                            {"rows", 2},
                            {"pixels", 64},
                            {"in", 32},
                            {"out", 16}},
                  .own_us = 1,
                  .library_us = 2};
  const KernelChoices choices({one});
  EXPECT_TRUE(measured_choice({op_, x_, kernel_, bias_, sum_}, 90, choices).own_kernel);
  EXPECT_FALSE(measured_choice({op_, x_, kernel_, bias_, none_}, 90, choices).own_kernel);
  EXPECT_FALSE(measured_choice({op_, x_, kernel_, bias_, sum_}, 80, choices).own_kernel);
  const Conv2d strided{.stride = 2};
  EXPECT_FALSE(measured_choice({strided, x_, kernel_, bias_, sum_}, 90, choices).own_kernel);
  // The CPU has other libraries.
  const Node node{.name = "conv", .op = op_, .srcs = {}, .weights = {0}};
  const BoundWeights weights({{.tensor = kernel_}}, {.dtype = DType::bf16});
  EXPECT_EQ(choose_convolution({node, {&x_, 1}, weights}, FusedConvolutions(choices)).words(),
            "LibTorch: nothing is packed in bf16");
}

TEST_F(FusedConvolution, OnAGpuComputesTheFormula) {
  if (!kernels::cuda_device_present() || !device::can_plan_convolutions())
    GTEST_SKIP() << "no CUDA device on this machine, or a build without cuDNN";
  const at::Device gpu("cuda:0");
  const KernelChoices choices;
  const FusedConvolutions convolutions(choices);
  for (const at::ScalarType type : {at::kBFloat16, at::kHalf}) {
    for (const Conv2d& op :
         {Conv2d{}, Conv2d{.stride = 2}, Conv2d{.pad_begin = 0, .pad_end = 0, .kernel = 1}}) {
      const at::Tensor x = numbers({2, 64, 9, 14}, type),
                       kernel = numbers({48, 64, op.kernel, op.kernel}, type) / 16,
                       bias = numbers({48}, type);
      const at::Tensor plain = at::conv2d(x.to(at::kFloat), kernel.to(at::kFloat),
                                          bias.to(at::kFloat), op.stride, op.pad_begin);
      const at::Tensor sum = numbers(plain.sizes(), type);
      const at::Tensor there[] = {x.to(gpu), kernel.to(gpu), bias.to(gpu), sum.to(gpu), none_};
      const auto expect = [&](const at::Tensor& y, const at::Tensor& wanted) {
        EXPECT_TRUE(y.is_contiguous(kChannelsLast));
        // One rounding of the result, and fp32's for the sums.
        EXPECT_TRUE(at::allclose(y.cpu().to(at::kFloat), wanted,
                                 type == at::kHalf ? 0x1p-10 : 0x1p-7, 1e-3));
      };
      const auto run = [&](const ConvolutionCall& call) {
        return run_plan(*convolutions.plan_for(call), call);
      };
      expect(run({op, there[0], there[1], there[2], there[4]}), plain);
      expect(run({op, there[0], there[1], there[2], there[3]}), plain + sum.to(at::kFloat));
      // The existing plan.
      expect(run({op, there[0], there[1], there[2], there[3]}), plain + sum.to(at::kFloat));
    }
  }
}

}  // namespace
}  // namespace latentrt::nn
