/// Scaled matrices compared with fp32 products of the same 8-bit values, converted by LibTorch, and
/// within the rounding errors of the format. The CPU computes what a GPU would; if there is one, it
/// is compared with the CPU.
#include "nn/weights/scaled_matrix.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "device/cuda/device_query.h"
#include "kernels/common/float8_math.h"
#include "nn/ops/timed_ops.hpp"
#include "nn/passes/fuse.hpp"
#include "nn/passes/mark_quantizable.hpp"
#include "nn/run/executor.hpp"
#include "nn/weights/weights.hpp"
#include "support/tiny_unet.hpp"

namespace latentrt::nn {
namespace {

using kernels::EightBits;

constexpr auto kChannelsLast = at::MemoryFormat::ChannelsLast;

at::Tensor row_scales(const at::Tensor& rows, EightBits format) {
  return rows.abs().amax(-1, true) / kernels::largest_number(format);
}

/// Rows as values of the format, in fp32, with their scales.
at::Tensor rounded(const at::Tensor& rows, EightBits format) {
  const at::Tensor scales = row_scales(rows, format);
  const at::Tensor numbers = at::where(scales == 0, rows, rows / scales);
  return scales * (format == EightBits::int8 ? numbers.round()
                                             : numbers.to(at::kFloat8_e4m3fn).to(at::kFloat));
}

/// The largest rounding error of a value: half a step of 1, or of its own exponent, whose fraction
/// has three bits, and at least half of the smallest step, 2^-9.
at::Tensor most_moved(const at::Tensor& rows, EightBits format) {
  const at::Tensor scales = row_scales(rows, format);
  if (format == EightBits::int8) return (scales / 2).expand_as(rows);
  return rows.abs() * 0x1p-4 + scales * 0x1p-10;
}

class Scaled : public ::testing::TestWithParam<EightBits> {
 protected:
  void SetUp() override { at::manual_seed(1); }
};

INSTANTIATE_TEST_SUITE_P(Formats, Scaled, ::testing::Values(EightBits::int8, EightBits::e4m3),
                         [](const auto& instance) {
                           return instance.param == EightBits::int8 ? "int8" : "e4m3";
                         });

TEST(Float8, IsLibTorchs) {
  const at::Tensor numbers = at::randn({100000}) * at::randn({100000}).mul(3).exp();
  const at::Tensor within = numbers.clamp(-448, 448).contiguous();
  const at::Tensor theirs = within.to(at::kFloat8_e4m3fn);
  for (std::int64_t i = 0; i < within.numel(); ++i) {
    const float number = within.const_data_ptr<float>()[i];
    ASSERT_EQ(kernels::from_float<kernels::Float8>(number).bits,
              static_cast<const std::uint8_t*>(theirs.const_data_ptr())[i])
        << number;
  }
}

TEST_P(Scaled, WeightsAreWithinHalfAStep) {
  for (at::Tensor weight : {at::randn({48, 32}), at::randn({32, 64, 1, 1})}) {
    weight[3].zero_();
    const ScaledMatrix matrix(weight, GetParam(), at::kCPU);
    const at::Tensor back = matrix.plain();
    ASSERT_EQ(back.sizes(), weight.sizes());
    const at::Tensor most = most_moved(weight.flatten(1), GetParam()) * 1.00001;
    EXPECT_TRUE(((back - weight).flatten(1).abs() <= most).all().item<bool>());
    EXPECT_TRUE(at::equal(back[3], weight[3]));
    // Unedited weights do not drift.
    EXPECT_TRUE(at::allclose(ScaledMatrix(back, GetParam(), at::kCPU).plain(), back, 1e-6, 0));
    EXPECT_EQ(matrix.bytes(), weight.numel() + 4 * weight.size(0));
  }
}

TEST_P(Scaled, LinearMultipliesTheNumbersAndScales) {
  const at::Tensor weight = at::randn({80, 96}), bias = at::randn({80});
  const ScaledMatrix matrix(weight, GetParam(), at::kCPU);
  for (const int rows : {1, 7, 300}) {
    const at::Tensor x = at::randn({2, rows, 96}) * at::randn({2, rows, 1}).exp();
    const at::Tensor sum = at::randn({2, rows, 80});
    // In double: only the rounding errors of fp32 remain, for terms of this size.
    const at::Tensor wanted =
        at::linear(rounded(x, GetParam()).to(at::kDouble), matrix.plain().to(at::kDouble));
    const double terms = at::linear(x.abs(), weight.abs()).max().item<double>();
    const auto expect = [&](const at::Tensor& y, const at::Tensor& expected) {
      EXPECT_TRUE(at::allclose(y.to(at::kDouble), expected, 0, 4 * 0x1p-24 * terms));
    };
    expect(matrix.linear(x, {}, {}), wanted);
    expect(matrix.linear(x, bias, {}), wanted + bias);
    expect(matrix.linear(x, {}, sum), wanted + sum);
    expect(matrix.linear(x, bias, sum), wanted + bias + sum);
    const at::Tensor strided = x.transpose(0, 1);
    expect(matrix.linear(strided, bias, {}), (wanted + bias).transpose(0, 1));
  }
}

/// sum |x dw| + |w dx| + |dw dx| with the largest rounding errors, and the result's own rounding.
TEST_P(Scaled, LinearIsWithinTheRoundings) {
  const at::Tensor weight = at::randn({64, 320}), x = at::randn({200, 320}).to(at::kBFloat16);
  const ScaledMatrix matrix(weight, GetParam(), at::kCPU);
  const at::Tensor exact = x.to(at::kFloat), wanted = at::linear(exact, weight);
  const at::Tensor dw = most_moved(weight, GetParam()), dx = most_moved(exact, GetParam());
  const at::Tensor bound = at::linear(exact.abs(), dw) + at::linear(dx, weight.abs() + dw);
  const at::Tensor error = matrix.linear(x, {}, {}).to(at::kFloat) - wanted;
  const at::Tensor excess = error.abs() - bound * 1.001 - (wanted.abs() + bound) * 0x1p-8;
  EXPECT_LE(excess.max().item<double>(), 0);
  // Rounding errors are uniform over half a step to each side, and their mean square is a third of
  // its square: for e4m3 half a step is between 2^-5 and 2^-4 of a value. Both factors have such
  // errors.
  const double relative = (error.norm() / wanted.norm()).item<double>();
  if (GetParam() == EightBits::int8) {
    EXPECT_GT(relative, 0.005);
    EXPECT_LT(relative, 0.02);
  } else {
    EXPECT_GT(relative, 0x1p-5 * 0.816);
    EXPECT_LT(relative, 0x1p-4 * 0.816);
  }
}

TEST_P(Scaled, ConvolutionsOfSinglePixelsAreLinear) {
  const at::Tensor kernel = at::randn({48, 32, 1, 1}), bias = at::randn({48});
  const ScaledMatrix matrix(kernel, GetParam(), at::kCPU);
  const at::Tensor x = at::randn({2, 32, 5, 3}), sum = at::randn({2, 48, 5, 3});
  const at::Tensor wanted =
      at::conv2d(rounded(x.permute({0, 2, 3, 1}), GetParam()).permute({0, 3, 1, 2}),
                 matrix.plain()) +
      bias.view({1, -1, 1, 1}) + sum;
  for (const auto format : {at::MemoryFormat::Contiguous, kChannelsLast}) {
    const at::Tensor y = matrix.convolve(x.contiguous(format), bias, sum.contiguous(format));
    EXPECT_TRUE(y.is_contiguous(kChannelsLast));
    EXPECT_TRUE(at::allclose(y, wanted, 1e-5, 1e-4));
  }
}

TEST_P(Scaled, RowsDoNotDependOnTheirNeighbours) {
  const ScaledMatrix matrix(at::randn({64, 96}), GetParam(), at::kCPU);
  const at::Tensor token = at::randn({1, 96}).to(at::kBFloat16);
  const at::Tensor tokens = at::cat({at::randn({77, 96}).to(at::kBFloat16) * 100, token});
  EXPECT_TRUE(at::allclose(matrix.linear(tokens, {}, {}).narrow(0, 77, 1),
                           matrix.linear(token, {}, {}), 0x1p-7, 0));
}

TEST_P(Scaled, OnAGpuItIsTheCpus) {
  if (!kernels::cuda_device_present())
    GTEST_SKIP() << "no CUDA device on this machine, or a build without CUDA";
  if (kernels::cuda_capability(0) < needed_capability(GetParam()))
    GTEST_SKIP() << "this GPU has no products of such numbers";
  const at::Device gpu("cuda:0");
  const at::Tensor weight = at::randn({320, 640}), bias = at::randn({320}).to(at::kBFloat16);
  const ScaledMatrix here(weight, GetParam(), at::kCPU), there(weight, GetParam(), gpu);
  for (const int rows : {1, 16, 300}) {
    const at::Tensor x = at::randn({rows, 640}).to(at::kBFloat16),
                     sum = at::randn({rows, 320}).to(at::kBFloat16);
    const at::Tensor wanted = here.linear(x, bias, sum).to(at::kFloat);
    const at::Tensor got = there.linear(x.to(gpu), bias.to(gpu), sum.to(gpu)).cpu().to(at::kFloat);
    // fp32 sums in another order, rounded to bf16 before and after the sum is added.
    EXPECT_TRUE(at::allclose(got, wanted, 0x1p-7, 0x1p-8 * wanted.abs().max().item<double>()));
  }
}

TEST(ScaledFits, LinearMapsOfWholePacks) {
  const Conv2d pixels{.pad_begin = 0, .pad_end = 0, .kernel = 1};
  EXPECT_TRUE(ScaledMatrix::fits(Linear{}, {32, 64}));
  EXPECT_TRUE(ScaledMatrix::fits(pixels, {32, 64, 1, 1}));
  EXPECT_FALSE(ScaledMatrix::fits(Linear{}, {33, 64}));
  EXPECT_FALSE(ScaledMatrix::fits(Linear{}, {32, 40}));
  EXPECT_FALSE(ScaledMatrix::fits(Conv2d{}, {32, 64, 3, 3}));
  EXPECT_FALSE(ScaledMatrix::fits(Conv2d{.stride = 2, .pad_begin = 0, .pad_end = 0, .kernel = 1},
                                  {32, 64, 1, 1}));
  EXPECT_FALSE(ScaledMatrix::fits(LayerNorm{}, {32, 64}));
}

/// A whole network: its 8-bit weights, their effect on the result, and the effect of an edit.
class ScaledNetwork : public ::testing::Test {
 protected:
  const ScaledMatrix* scaled(const BoundWeights& weights, std::string_view name) const {
    for (std::size_t i = 0; i < program_.weights().size(); ++i)
      if (program_.weights()[i].parts[0].name == name)
        return weights.scaled(static_cast<WeightId>(i));
    ADD_FAILURE() << "no weight " << name;
    return nullptr;
  }
  at::Tensor out(const BoundWeights& weights, const OpSet& ops, at::ScalarType type) const {
    return run(program_, weights, ops,
               {{"sample", sample_.to(type)},
                {"timestep", at::ones({2}) * 500},
                {"encoder_hidden_states", text_.to(type)}})
        .at("out")
        .to(at::kFloat);
  }

  const Program program_ = mark_quantizable(fuse(models::build_unet(testing::wide_unet_config())));
  const WeightPlacement fp8_{.dtype = DType::fp8};
  const BoundWeights rough_ = random_weights(program_, 3, fp8_);
  const at::Tensor sample_ = at::randn({2, 4, 8, 8}).contiguous(kChannelsLast),
                   text_ = at::randn({2, 7, 12});
};

TEST_F(ScaledNetwork, HoldsLargeMapsOfPixels) {
  for (const char* name :
       {"down_blocks.1.attentions.0.proj_in.weight", "down_blocks.1.resnets.0.conv_shortcut.weight",
        "down_blocks.1.attentions.0.transformer_blocks.0.ff.net.0.proj.weight",
        "down_blocks.1.attentions.0.transformer_blocks.0.ff.net.2.weight",
        "down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q.weight",
        "down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_out.0.weight"})
    EXPECT_NE(scaled(rough_, name), nullptr) << name;
  for (const char* name :
       {"conv_in.weight", "conv_out.weight", "time_embedding.linear_2.weight",
        "down_blocks.0.resnets.0.conv1.weight", "down_blocks.0.resnets.0.norm1.weight"})
    EXPECT_EQ(scaled(rough_, name), nullptr) << name;
  for (const WeightPlacement& placement :
       {fp8_, WeightPlacement{.device = at::Device("cuda:0"), .dtype = DType::int8}}) {
    EXPECT_EQ(rough_.bytes(), WeightPlacer(program_, placement).bytes());
  }
  EXPECT_LT(rough_.bytes(), WeightPlacer(program_, {.dtype = DType::bf16}).bytes());
}

TEST_F(ScaledNetwork, StaysClose) {
  const BoundWeights exact = random_weights(program_, 3, {});
  const auto timed =
      std::make_shared<TimedOps>(std::make_shared<const LocalOps>(), program_, [] {});
  const at::Tensor wanted = out(exact, LocalOps(), at::kFloat),
                   got = out(rough_, *timed, at::kBFloat16);
  const double error = ((got - wanted).norm() / wanted.norm()).item<double>();
  // Each of the consecutive layers has a relative error of about a thirtieth, three times that of
  // int8.
  EXPECT_LT(error, 0.15);
  EXPECT_GT(error, 0.003);
  EXPECT_TRUE(std::ranges::any_of(timed->times(), [](const NodeTime& node) {
    return node.kind == "linear" &&
           node.implementation == "LibTorch in e4m3, own kernel brings rows to it";
  }));
}

TEST_F(ScaledNetwork, EditsWhatItStandsFor) {
  constexpr std::string_view kName = "down_blocks.1.attentions.0.proj_in.weight";
  const BoundWeights changed =
      edited(program_, rough_, [&](const WeightSpec& spec, const at::Tensor& weight) {
        return spec.name == kName ? weight * 2 : weight;
      });
  EXPECT_TRUE(
      at::allclose(scaled(changed, kName)->plain(), scaled(rough_, kName)->plain() * 2, 1e-6, 0));
  constexpr std::string_view kOther = "down_blocks.1.attentions.0.proj_out.weight";
  EXPECT_EQ(scaled(changed, kOther), scaled(rough_, kOther));
}

}  // namespace
}  // namespace latentrt::nn
