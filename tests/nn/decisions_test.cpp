/// The implementation of a node is decided once for inputs of given shapes, types and layouts, with
/// the same result as for every call.
#include "nn/ops/decisions.hpp"

#include <ATen/ops/allclose.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "models/autoencoder/vae.hpp"
#include "nn/passes/fuse.hpp"
#include "nn/passes/mark_quantizable.hpp"
#include "nn/program/program_builder.hpp"
#include "nn/run/executor.hpp"
#include "support/expect_error.hpp"
#include "support/tiny_unet.hpp"
#include "support/watched_ops.hpp"

namespace latentrt::nn {
namespace {

NamedTensors unet_inputs(const WeightPlacement& placement, std::int64_t side, std::int64_t rows) {
  const auto in = [&](const at::Tensor& tensor, at::MemoryFormat format) {
    return placed(tensor, placement, format);
  };
  return {{"sample", in(at::randn({rows, 4, side, side}), placement.picture_format())},
          {"encoder_hidden_states",
           in(at::randn({rows, 5, testing::kTinyContext}), at::MemoryFormat::Contiguous)},
          {"timestep", at::full({rows}, 500.0)}};
}

TEST(Decisions, AreMadeOnceForEachOfTheShapes) {
  const Program program = mark_quantizable(fuse(models::build_unet(testing::wide_unet_config())));
  for (const DType dtype : {DType::fp32, DType::bf16, DType::int8}) {
    if (dtype == DType::int8 && !can_quantize(at::kCPU)) continue;
    for (const bool packed : {false, can_pack(at::kCPU, dtype)}) {
      const WeightPlacement placement{.dtype = dtype, .packed = packed};
      const BoundWeights weights = random_weights(program, 1, placement);
      const testing::WatchedOps ops;
      std::size_t expected = 0;
      for (const std::int64_t side : {8, 16}) {
        const NamedTensors inputs = unet_inputs(placement, side, 2);
        const at::Tensor first = run(program, weights, ops, inputs).at("out");
        EXPECT_EQ(ops.chosen, expected += program.nodes().size());
        EXPECT_TRUE(at::equal(run(program, weights, ops, inputs).at("out"), first));
      }
      run(program, weights, ops, unet_inputs(placement, 8, 2));
      EXPECT_EQ(ops.chosen, expected);
    }
  }
}

TEST(Decisions, AreForOneProgramOneSetOfWeightsAndOneKindOfInputs) {
  const WeightPlacement placement;
  const Program program = models::build_unet(testing::tiny_unet_config());
  const std::size_t nodes = program.nodes().size();
  const BoundWeights weights = random_weights(program, 1, placement),
                     others = random_weights(program, 2, placement);
  NamedTensors inputs = unet_inputs(placement, 8, 2);
  const testing::WatchedOps ops;
  const auto expect = [&](std::size_t runs) { EXPECT_EQ(ops.chosen, runs * nodes); };
  run(program, weights, ops, inputs);
  run(Program(program), weights, ops, inputs);
  expect(1);
  run(program, others, ops, inputs);
  expect(2);
  run(program.extract(program.input_names(), program.output_names()), weights, ops, inputs);
  expect(3);
  inputs["sample"] = inputs["sample"].contiguous();
  run(program, weights, ops, inputs);
  expect(4);
  // Kernels check the alignment of their sources.
  inputs["sample"] = at::randn({2 * 4 * 8 * 8 + 1}).narrow(0, 1, 2 * 4 * 8 * 8).view({2, 4, 8, 8});
  run(program, weights, ops, inputs);
  expect(5);
  run(program, weights, ops, inputs);
  expect(5);
}

TEST(Decisions, OfAnAutoencoderAreThoseOfEveryCall) {
  const auto config = models::VaeConfig::from(io::Config::from_text(
      R"({"block_out_channels": [8, 16], "layers_per_block": 1, "norm_num_groups": 4,
          "down_block_types": ["DownEncoderBlock2D", "DownEncoderBlock2D"],
          "up_block_types": ["UpDecoderBlock2D", "UpDecoderBlock2D"]})",
      "tiny vae"));
  for (const Program& program :
       {fuse(models::build_vae_encoder(config)), fuse(models::build_vae_decoder(config))}) {
    const BoundWeights weights =
        random_weights(program, 1, {.packed = can_pack(at::kCPU, DType::fp32)});
    const testing::WatchedOps ops;
    const std::int64_t channels = program.band_input() == "latents" ? 4 : 3;
    for (int i = 0; i < 3; ++i)
      run(program, weights, ops, {{program.band_input(), at::randn({1, channels, 6, 4})}});
    EXPECT_EQ(ops.chosen, program.nodes().size());
  }
}

TEST(Decisions, OfARunThatFailsAreNotKept) {
  ProgramBuilder b;
  const ValueId x = b.silu("a", b.input("x", {.dims = {Symbol::rows, 3}}));
  b.output(b.linear("b", x, 2, 2), "out");
  const Program program = std::move(b).build();
  const BoundWeights weights = random_weights(program, 1, {});
  const testing::WatchedOps ops;
  for (std::size_t i = 1; i < 3; ++i) {
    EXPECT_ERROR(Code::internal, "b: ", run(program, weights, ops, {{"x", at::randn({1, 3})}}));
    EXPECT_EQ(ops.chosen, 2 * i);
  }
}

TEST(Decisions, AreBounded) {
  ProgramBuilder b;
  b.output(b.silu("a", b.input("x", {.dims = {Symbol::rows}})), "out");
  const Program program = std::move(b).build();
  const BoundWeights weights({}, {});
  const testing::WatchedOps ops;
  const auto run_of = [&](std::int64_t rows) {
    run(program, weights, ops, {{"x", at::full({rows}, 1.0)}});
  };
  for (std::int64_t rows = 1; rows <= 200; ++rows) {
    run_of(rows);
    run_of(1);  // used repeatedly, so it is kept
  }
  EXPECT_EQ(ops.chosen, 200U);
  run_of(2);
  EXPECT_EQ(ops.chosen, 201U);
}

TEST(Decisions, AreSharedByThreads) {
  const WeightPlacement placement;
  const Program program = models::build_unet(testing::tiny_unet_config());
  const BoundWeights weights = random_weights(program, 1, placement);
  const NamedTensors small = unet_inputs(placement, 4, 1), large = unet_inputs(placement, 8, 1);
  const testing::WatchedOps ops;
  const at::Tensor of_small = run(program, weights, LocalOps(), small).at("out"),
                   of_large = run(program, weights, LocalOps(), large).at("out");
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 4; ++j) {
        wrong += !at::equal(run(program, weights, ops, small).at("out"), of_small);
        wrong += !at::equal(run(program, weights, ops, large).at("out"), of_large);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_LE(ops.chosen, 4 * 2 * program.nodes().size());
  const std::size_t before = ops.chosen;
  run(program, weights, ops, small);
  EXPECT_EQ(ops.chosen, before);
}

TEST(Decisions, DoNotLetGradientsGetLost) {
  ProgramBuilder b;
  b.output(b.linear("map", b.input("x", {.dims = {Symbol::rows, 4}}), 4, 4), "out");
  const Program program = std::move(b).build();
  const BoundWeights weights = random_weights(program, 1, {});
  const LocalOps ops;
  at::Tensor x = at::randn({2, 4});
  run(program, weights, ops, {{"x", x}});
  x.set_requires_grad(true);
  for (int i = 0; i < 2; ++i)
    EXPECT_ERROR(Code::invalid_argument, "requires grad", run(program, weights, ops, {{"x", x}}));
  x.set_requires_grad(false);
  EXPECT_NO_THROW(run(program, weights, ops, {{"x", x}}));
}

TEST(LateChoices, FollowTheirSources) {
  const testing::WatchedOps ops;
  LateChoice late(ops);
  const Node node{.name = "norm", .op = GroupNorm{.groups = 2}, .srcs = {}, .weights = {0, 1}};
  const BoundWeights weights({{.tensor = at::randn({4})}, {.tensor = at::randn({4})}}, {});
  const at::Tensor planes = at::randn({1, 4, 3, 3}),
                   pixels = planes.contiguous(at::MemoryFormat::ChannelsLast);
  const auto run_late = [&](const at::Tensor& x) { return late.run({node, {&x, 1}, weights}); };
  const at::Tensor wanted = run_late(planes);
  run_late(planes);
  EXPECT_EQ(ops.chosen, 1U);
  EXPECT_TRUE(at::allclose(run_late(pixels), wanted, 1e-5, 1e-5));
  EXPECT_EQ(ops.chosen, 2U);
  const at::Tensor both[] = {planes, at::randn({1, 4})};
  late.run({node, both, weights});
  EXPECT_EQ(ops.chosen, 3U);
}

}  // namespace
}  // namespace latentrt::nn
