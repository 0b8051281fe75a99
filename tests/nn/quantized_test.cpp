/// Linear layers and convolutions in 8 bits compared with fp32, within the rounding errors of 8
/// bits.
#include "nn/weights/quantized.hpp"

#include <ATen/Context.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/randn_like.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include "nn/passes/fuse.hpp"
#include "nn/passes/mark_quantizable.hpp"
#include "nn/run/executor.hpp"
#include "nn/weights/weights.hpp"
#include "support/tiny_unet.hpp"

namespace latentrt::nn {
namespace {

constexpr auto kChannelsLast = at::MemoryFormat::ChannelsLast;

class Quantized : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!can_quantize(at::kCPU)) GTEST_SKIP() << "this processor has no such products";
    at::manual_seed(1);
  }
};

at::Tensor picture(at::IntArrayRef shape) { return at::randn(shape).contiguous(kChannelsLast); }

/// Half a step of each channel, whose largest magnitude is 127 steps.
at::Tensor half_steps(const at::Tensor& weight) { return weight.flatten(1).abs().amax(1) / 254; }

TEST_F(Quantized, WeightsAreWithinHalfAStep) {
  for (const at::Tensor& weight :
       {at::randn({48, 37}), at::randn({33, 20, 3, 3}), picture({64, 32, 1, 1})}) {
    const QuantizedWeight quantized(weight);
    const at::Tensor back = quantized.plain();
    ASSERT_EQ(back.sizes(), weight.sizes());
    const at::Tensor worst = (back - weight).flatten(1).abs().amax(1);
    EXPECT_TRUE((worst <= half_steps(weight) * 1.001).all().item<bool>());
    // Values that are multiples of steps do not change: unedited weights do not drift.
    EXPECT_TRUE(at::allclose(QuantizedWeight(back).plain(), back, 1e-6, 0));
    EXPECT_EQ(quantized.bytes(), weight.numel() + 4 * weight.size(0));
  }
}

TEST_F(Quantized, ChannelsOfZerosStayZero) {
  at::Tensor weight = at::randn({32, 64});
  weight[3].zero_();
  const QuantizedWeight quantized(weight);
  EXPECT_TRUE(at::equal(quantized.plain()[3], weight[3]));
  const at::Tensor y = quantized_linear(at::randn({5, 64}), quantized, {}, {});
  EXPECT_TRUE(at::equal(y.select(1, 3), at::zeros({5})));
}

/// The bound sum |x dw| + |w dx| + |dw dx| with half steps dw and dx, plus a rounding of the
/// result.
void expect_within_steps(const at::Tensor& y, const at::Tensor& wanted, const at::Tensor& bound) {
  ASSERT_EQ(y.sizes(), wanted.sizes());
  const at::Tensor excess = (y - wanted).abs() - bound * 1.001 - wanted.abs() * 1e-5;
  EXPECT_LE(excess.max().item<double>(), 0);
  // And not far below it: the products are in 8 bits.
  EXPECT_GT((y - wanted).abs().max().item<double>(), 0);
}

TEST_F(Quantized, LinearIsWithinTheSteps) {
  const at::Tensor matrix = at::randn({72, 90}), bias = at::randn({72});
  const QuantizedWeight quantized(matrix);
  const at::Tensor dw = half_steps(matrix).unsqueeze(1).expand_as(matrix);
  for (const int rows : {1, 7, 300}) {
    const at::Tensor x = at::randn({2, rows, 90}) * at::randn({2, rows, 1}).exp();
    const at::Tensor sum = at::randn({2, rows, 72});
    const at::Tensor dx = (x.abs().amax(-1, true) / 254).expand_as(x);
    const at::Tensor bound = at::linear(x.abs(), dw) + at::linear(dx, matrix.abs() + dw);
    const at::Tensor plain = at::linear(x, matrix);
    expect_within_steps(quantized_linear(x, quantized, {}, {}), plain, bound);
    expect_within_steps(quantized_linear(x, quantized, bias, {}), plain + bias, bound);
    expect_within_steps(quantized_linear(x, quantized, {}, sum), plain + sum, bound);
    expect_within_steps(quantized_linear(x, quantized, bias, sum), plain + bias + sum, bound);
    const at::Tensor strided = x.transpose(0, 1);
    EXPECT_TRUE(at::equal(quantized_linear(strided, quantized, bias, {}),
                          quantized_linear(x, quantized, bias, {}).transpose(0, 1)));
  }
}

TEST_F(Quantized, ConvolutionsAreWithinTheSteps) {
  struct Case {
    Conv2d op;
    std::int64_t in, out, height, width;
  };
  for (const Case& c :
       {Case{{}, 32, 40, 9, 6}, Case{{.stride = 2}, 48, 33, 8, 7},
        Case{{.stride = 2, .pad_begin = 0, .pad_end = 0}, 32, 32, 9, 9},
        Case{{.pad_begin = 0, .pad_end = 0, .kernel = 1}, 64, 48, 5, 4}, Case{{}, 35, 64, 1, 1}}) {
    const at::Tensor kernel = at::randn({c.out, c.in, c.op.kernel, c.op.kernel});
    const at::Tensor bias = at::randn({c.out}), x = picture({2, c.in, c.height, c.width}) * 3;
    const QuantizedWeight quantized(kernel);
    const auto convolve = [&](const at::Tensor& of, const at::Tensor& with) {
      return at::conv2d(of, with, {}, c.op.stride, c.op.pad_begin);
    };
    const at::Tensor dw = half_steps(kernel).view({-1, 1, 1, 1}).expand_as(kernel);
    // Every output's patch has its own step.
    const at::Tensor dx =
        at::max_pool2d(x.abs().amax(1, true), c.op.kernel, c.op.stride, c.op.pad_begin) / 254;
    const at::Tensor bound =
        convolve(x.abs(), dw) + dx * (kernel.abs() + dw).sum({1, 2, 3}).view({1, -1, 1, 1});
    const at::Tensor wanted = convolve(x, kernel) + bias.view({1, -1, 1, 1});
    const at::Tensor y = quantized_convolution(c.op, x, quantized, bias, {});
    EXPECT_TRUE(y.is_contiguous(kChannelsLast));
    expect_within_steps(y, wanted, bound);
    const at::Tensor sum = at::randn_like(wanted).contiguous();
    expect_within_steps(quantized_convolution(c.op, x, quantized, bias, sum), wanted + sum, bound);
  }
}

/// Large enough that a picture's patches are processed in several slices.
TEST_F(Quantized, RowsDoNotDependOnTheirNeighbours) {
  const QuantizedWeight kernel(at::randn({32, 256, 3, 3})), matrix(at::randn({64, 96}));
  const at::Tensor bias = at::randn({32}).to(at::kBFloat16);
  const at::Tensor one = picture({1, 256, 40, 40}).to(at::kBFloat16);
  const at::Tensor louder = picture({2, 256, 40, 40}).to(at::kBFloat16) * 100;
  const at::Tensor both = at::cat({louder, one}).contiguous(kChannelsLast);
  EXPECT_TRUE(at::equal(quantized_convolution({}, both, kernel, bias, {}).narrow(0, 2, 1),
                        quantized_convolution({}, one, kernel, bias, {})));
  const at::Tensor token = at::randn({1, 96}).to(at::kBFloat16);
  const at::Tensor tokens = at::cat({at::randn({77, 96}).to(at::kBFloat16) * 100, token});
  EXPECT_TRUE(at::equal(quantized_linear(tokens, matrix, {}, {}).narrow(0, 77, 1),
                        quantized_linear(token, matrix, {}, {})));
}

/// A whole network: its 8-bit weights, their effect on the result, and the effect of an edit.
TEST_F(Quantized, ANetworkStaysClose) {
  const Program program = mark_quantizable(fuse(models::build_unet(testing::wide_unet_config())));
  const WeightPlacement eight{.dtype = DType::int8, .packed = can_pack(at::kCPU, DType::int8)};
  const BoundWeights exact = random_weights(program, 3, {});
  const BoundWeights rough = random_weights(program, 3, eight);
  EXPECT_EQ(rough.bytes(), WeightPlacer(program, eight).bytes());
  EXPECT_LT(rough.bytes(), WeightPlacer(program, {.dtype = DType::bf16}).bytes() * 2 / 3);
  const auto in_8_bits = [&](std::string_view name) {
    for (std::size_t i = 0; i < program.weights().size(); ++i)
      if (program.weights()[i].parts[0].name == name)
        return rough.quantized(static_cast<WeightId>(i)) != nullptr;
    ADD_FAILURE() << "no weight " << name;
    return false;
  };
  EXPECT_TRUE(in_8_bits("down_blocks.0.resnets.0.conv1.weight"));
  EXPECT_TRUE(in_8_bits("down_blocks.1.attentions.0.proj_in.weight"));
  EXPECT_FALSE(in_8_bits("conv_in.weight"));
  EXPECT_FALSE(in_8_bits("conv_out.weight"));
  EXPECT_FALSE(in_8_bits("time_embedding.linear_2.weight"));
  EXPECT_FALSE(in_8_bits("down_blocks.0.resnets.0.norm1.weight"));

  const at::Tensor sample = picture({2, 4, 8, 8}), text = at::randn({2, 7, 12});
  const auto out = [&](const BoundWeights& weights, at::ScalarType type) {
    return run(program, weights, LocalOps(),
               {{"sample", sample.to(type)},
                {"timestep", at::ones({2}) * 500},
                {"encoder_hidden_states", text.to(type)}})
        .at("out")
        .to(at::kFloat);
  };
  const at::Tensor wanted = out(exact, at::kFloat), got = out(rough, at::kBFloat16);
  // Each of the consecutive layers has a relative error of about a hundredth.
  EXPECT_LT((got - wanted).norm().item<double>(), 0.05 * wanted.norm().item<double>());

  const WeightEdit twice = [](const WeightSpec& spec, const at::Tensor& weight) {
    return spec.name == "down_blocks.0.resnets.0.conv1.weight" ? weight * 2 : weight;
  };
  const BoundWeights changed = edited(program, rough, twice);
  int others = 0;
  for (std::size_t i = 0; i < program.weights().size(); ++i) {
    const auto id = static_cast<WeightId>(i);
    const QuantizedWeight* const before = rough.quantized(id);
    if (!before || changed.quantized(id) == before) continue;
    ++others;
    EXPECT_TRUE(at::allclose(changed.quantized(id)->plain(), before->plain() * 2, 1e-6, 0));
  }
  EXPECT_EQ(others, 1);
}

TEST(CanQuantize, OnlyOnCpus) { EXPECT_FALSE(can_quantize(at::Device("cuda:0"))); }

}  // namespace
}  // namespace latentrt::nn
