/// Weights in the CPU's own layouts give the results of plain ones.
#include "nn/weights/packed.hpp"

#include <ATen/Context.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/randn_like.h>
#include <gtest/gtest.h>

#include <cmath>
#include <thread>

#include "nn/run/executor.hpp"
#include "nn/weights/scalar_type.hpp"
#include "nn/weights/weights.hpp"
#include "support/tiny_unet.hpp"

namespace latentrt::nn {
namespace {

constexpr auto kChannelsLast = at::MemoryFormat::ChannelsLast;

class Packed : public ::testing::TestWithParam<DType> {
 protected:
  void SetUp() override {
    if (!can_pack(at::kCPU, GetParam())) GTEST_SKIP() << "this processor has no such kernels";
    at::manual_seed(1);
  }

  at::Tensor random(at::IntArrayRef shape) const {
    return at::randn(shape).to(scalar_type(GetParam()));
  }
  at::Tensor picture(at::IntArrayRef shape) const {
    return random(shape).contiguous(kChannelsLast);
  }

  /// Sums of up to n = 11520 products compared with exact ones. The order of additions depends on
  /// the processor's kernels; with a single accumulator the error is a random walk of n roundings,
  /// sqrt(n) of them relative to the largest sum.
  void expect_close(const at::Tensor& a, const at::Tensor& b) const {
    ASSERT_EQ(a.sizes(), b.sizes());
    const double unit = GetParam() == DType::bf16 ? 0x1p-7 : 0x1p-24 * std::sqrt(11520);
    const double worst = (a.to(at::kDouble) - b).abs().max().item<double>();
    EXPECT_LE(worst, unit * b.abs().max().item<double>());
  }
};

/// In double, so that only the packed kernel's own rounding is measured: a plain fp32 kernel has
/// about the same rounding error.
at::Tensor exact(const at::Tensor& x, const at::Tensor& kernel, const at::Tensor& bias,
                 const Conv2d& op) {
  return at::conv2d(x.to(at::kDouble), kernel.to(at::kDouble), bias.to(at::kDouble), op.stride,
                    op.pad_begin);
}

/// The layout depends on the size; 1280 channels at 4 and at 16 pixels have two.
TEST_P(Packed, KernelsMeetEverySize) {
  struct Case {
    Conv2d op;
    std::int64_t in, out, kernel;
  };
  for (const Case& c : {Case{{}, 4, 32, 3}, Case{{}, 96, 4, 3}, Case{{.stride = 2}, 64, 64, 3},
                        Case{{1, 0, 0}, 64, 48, 1}, Case{{}, 1280, 1280, 3}}) {
    const at::Tensor plain = picture({c.out, c.in, c.kernel, c.kernel}), bias = random({c.out});
    const PackedKernel packed(c.op, plain);
    EXPECT_TRUE(at::equal(packed.plain(), plain));
    for (const int pass : {1, 2}) {
      for (const auto& [rows, side] :
           {std::pair(2, 4), std::pair(1, 16), std::pair(2, 9), std::pair(2, 1)}) {
        const at::Tensor x = picture({rows, c.in, side, side});
        const at::Tensor wanted = exact(x, plain, bias, c.op);
        expect_close(packed.convolve(x, bias, {}), wanted);
        expect_close(packed.convolve(x, {}, {}) + bias.view({1, -1, 1, 1}), wanted);
        const at::Tensor sum = picture(wanted.sizes());
        expect_close(packed.convolve(x, bias, sum), wanted + sum);
        expect_close(packed.convolve(x, bias, sum.contiguous()), wanted + sum);
      }
      EXPECT_TRUE(at::equal(packed.plain(), plain)) << pass;
      EXPECT_LE(packed.bytes(), 5 * plain.nbytes());
    }
  }
}

/// Sizes for Winograd's algorithm between others; the plain kernel is unchanged.
TEST_P(Packed, KernelsMeetWinogradsSizes) {
  for (const auto& [in, out] : {std::pair(64, 64), std::pair(320, 128), std::pair(96, 640)}) {
    const at::Tensor plain = picture({out, in, 3, 3}), bias = random({out});
    const PackedKernel packed({}, plain);
    for (const auto& [rows, height, width] : {std::tuple(1, 16, 16), std::tuple(2, 3, 5),
                                              std::tuple(3, 19, 13), std::tuple(2, 8, 64)}) {
      const bool winograd = GetParam() == DType::fp32 && height > 3;
      EXPECT_EQ(packed.is_winograd({rows, in, height, width}), winograd);
      const at::Tensor x = picture({rows, in, height, width});
      const at::Tensor wanted = at::conv2d(x, plain, bias, 1, 1);
      const at::Tensor found = packed.convolve(x, bias, {});
      EXPECT_TRUE(found.is_contiguous(kChannelsLast));
      expect_close(found, wanted);
      expect_close(packed.convolve(x.contiguous(), {}, {}) + bias.view({1, -1, 1, 1}), wanted);
      const at::Tensor sum = random(wanted.sizes());
      expect_close(packed.convolve(x, bias, sum.contiguous(kChannelsLast)), wanted + sum);
      expect_close(packed.convolve(x, bias, sum), wanted + sum);
      EXPECT_TRUE(at::equal(packed.plain(), plain));
    }
    EXPECT_LE(packed.bytes(), 5 * plain.nbytes());
  }
}

/// The other pictures of a batch do not affect a picture.
TEST_P(Packed, APictureIsTheSameBitsInAnyCompany) {
  const PackedKernel packed({}, picture({128, 64, 3, 3}));
  const at::Tensor one = picture({1, 64, 18, 22}), others = picture({4, 64, 18, 22});
  const at::Tensor alone = packed.convolve(one, {}, {});
  const at::Tensor all = packed.convolve(at::cat({others, one}).contiguous(kChannelsLast), {}, {});
  EXPECT_TRUE(at::equal(all.narrow(0, 4, 1), alone));
}

TEST_P(Packed, MatricesMeetEveryNumberOfRows) {
  const at::Tensor plain = random({96, 80}), bias = random({96});
  const at::Tensor packed = packed_matrix(plain);
  EXPECT_TRUE(is_packed(packed));
  EXPECT_TRUE(at::equal(unpacked_matrix(packed), plain));
  for (const int rows : {1, 2, 77, 300}) {
    const at::Tensor x = random({2, rows, 80});
    expect_close(packed_linear(x, packed, bias, {}), at::linear(x, plain, bias));
    expect_close(packed_linear(x, packed, {}, {}), at::linear(x, plain));
    const at::Tensor sum = random({2, rows, 96});
    expect_close(packed_linear(x, packed, bias, sum), at::linear(x, plain, bias) + sum);
    expect_close(packed_linear(x, packed, {}, sum), at::linear(x, plain) + sum);
  }
  const at::Tensor strided = random({2, 80, 5}).transpose(1, 2);
  expect_close(packed_linear(strided, packed, bias, {}), at::linear(strided, plain, bias));
}

TEST_P(Packed, KernelsServeManyThreads) {
  const at::Tensor plain = picture({32, 32, 3, 3});
  const PackedKernel packed({}, plain);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 8; ++i) {
        const at::Tensor x = picture({1 + t % 2, 32, 4 + i, 4 + t});
        expect_close(packed.convolve(x, {}, {}), at::conv2d(x, plain, {}, 1, 1));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

/// A whole network, before and after a weight is edited.
TEST_P(Packed, ANetworkIsTheSameWithAndWithout) {
  const Program program = models::build_unet(testing::tiny_unet_config());
  WeightPlacement placement{.dtype = GetParam()};
  const BoundWeights plain = random_weights(program, 3, placement);
  placement.packed = true;
  const BoundWeights packed = random_weights(program, 3, placement);
  const NamedTensors inputs{{"sample", picture({2, 4, 8, 8})},
                            {"timestep", at::ones({2}) * 500},
                            {"encoder_hidden_states", random({2, 7, testing::kTinyContext})}};
  const auto out = [&](const BoundWeights& weights) {
    return run(program, weights, LocalOps(), inputs).at("out");
  };
  EXPECT_EQ(packed.bytes(), plain.bytes());
  const at::Tensor wanted = out(plain);
  const double tolerance = GetParam() == DType::bf16 ? 0.05 : 1e-5;
  EXPECT_TRUE(at::allclose(out(packed), wanted, tolerance, tolerance));

  const WeightEdit twice = [](const WeightSpec& spec, const at::Tensor& weight) {
    return spec.name == "conv_out.weight" || spec.name == "conv_out.bias" ? weight * 2 : weight;
  };
  const BoundWeights changed = edited(program, packed, twice);
  EXPECT_TRUE(at::allclose(out(changed), wanted * 2, tolerance, tolerance));
  // Weights that were not edited are shared.
  const auto& specs = program.weights();
  for (std::size_t i = 0; i < specs.size(); ++i) {
    const auto id = static_cast<WeightId>(i);
    const bool shared =
        changed.packed_kernel(id) == packed.packed_kernel(id) && changed[id].is_same(packed[id]);
    EXPECT_EQ(shared, !specs[i].parts[0].name.starts_with("conv_out.")) << specs[i].parts[0].name;
  }
}

INSTANTIATE_TEST_SUITE_P(Types, Packed, ::testing::Values(DType::fp32, DType::bf16));

TEST(SuitsWinograd, AsTheOperationAndItsSizesAllow) {
  EXPECT_TRUE(suits_winograd({}, 320, {2, 640, 32, 32}));
  EXPECT_FALSE(suits_winograd({}, 320, {1, 640, 8, 8}));  // 16 tiles
  EXPECT_FALSE(suits_winograd({}, 4, {2, 320, 32, 32}));
  EXPECT_FALSE(suits_winograd({}, 320, {2, 4, 32, 32}));
  EXPECT_FALSE(suits_winograd({}, 320, {2, 328, 32, 32}));  // not multiples of a pack
  EXPECT_FALSE(suits_winograd({.stride = 2}, 320, {2, 320, 32, 32}));
  EXPECT_FALSE(suits_winograd({.pad_begin = 0}, 320, {2, 320, 32, 32}));
  EXPECT_FALSE(suits_winograd({1, 0, 0, 1}, 320, {2, 320, 32, 32}));
}

TEST(CanPack, OnlyWhereThereAreKernels) {
  EXPECT_FALSE(can_pack(at::Device("cuda:0"), DType::fp32));
  EXPECT_FALSE(can_pack(at::kCPU, DType::fp16));
}

}  // namespace
}  // namespace latentrt::nn
