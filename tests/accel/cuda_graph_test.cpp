/// Recorded calls of the network, with a recorder that runs the work again: what is copied, kept
/// and recorded again.
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include <latentrt/sampler.hpp>

#include "accel/cuda_graph/graph_launch.hpp"
#include "support/expect_error.hpp"
#include "support/fake_recorder.hpp"
#include "support/tiny_unet.hpp"

namespace latentrt::accel {
namespace {

using nn::NamedTensors;

struct Recorded {
  testing::FakeRecorder device;
  const nn::Network network = testing::tiny_denoiser();
  GraphLaunch launch{network, device.recorder()};

  at::Tensor run(const NamedTensors& inputs) {
    return launch.run(*network.program, inputs).at("out");
  }
  at::Tensor eager(const NamedTensors& inputs) const {
    return nn::run(*network.program, *network.weights, *network.ops, inputs).at("out");
  }
};

NamedTensors inputs(std::int64_t side, std::int64_t seed, double timestep = 500) {
  at::manual_seed(static_cast<std::uint64_t>(seed));
  return {{"sample", at::randn({2, 4, side, side})},
          {"timestep", at::full({2}, timestep)},
          {"encoder_hidden_states", at::randn({2, 7, testing::kTinyContext})}};
}

TEST(GraphLaunch, GivesWhatEveryCallWouldGive) {
  Recorded recorded;
  NamedTensors call = inputs(8, 1);
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(at::equal(recorded.run(call), recorded.eager(call))) << i;
    call["sample"] = at::randn({2, 4, 8, 8});
    call["timestep"] = at::full({2}, 100.0 * i);
  }
  call["encoder_hidden_states"] = at::randn({2, 7, testing::kTinyContext});  // another prompt
  EXPECT_TRUE(at::equal(recorded.run(call), recorded.eager(call)));
  EXPECT_EQ(recorded.device.records, 1);
}

TEST(GraphLaunch, LeavesEarlierResultsAlone) {
  Recorded recorded;
  const at::Tensor first = recorded.run(inputs(8, 1)), kept = first.clone();
  recorded.run(inputs(8, 2));
  EXPECT_TRUE(at::equal(first, kept));
}

TEST(GraphLaunch, RecordsOncePerSizeAndForgetsThoseUsedLongAgo) {
  Recorded recorded;
  for (const std::int64_t side : {8, 16, 8, 16}) recorded.run(inputs(side, 1));
  EXPECT_EQ(recorded.device.records, 2);
  for (std::int64_t rows = 1; rows <= 8; ++rows) {
    NamedTensors call = inputs(8, 1);
    for (auto& [name, value] : call) value = value.narrow(0, 0, 1).repeat_interleave(rows, 0);
    recorded.run(call);
  }
  EXPECT_EQ(recorded.device.records, 9);  // an entry for two rows of side 8 exists
  recorded.run(inputs(16, 1));
  EXPECT_EQ(recorded.device.records, 10);
}

TEST(GraphLaunch, NamesAMissingInput) {
  Recorded recorded;
  NamedTensors call = inputs(8, 1);
  call.erase("timestep");
  EXPECT_ERROR(Code::invalid_argument, "input 'timestep' is missing", recorded.run(call));
}

TEST(GraphLaunch, IsThePlainRunOnACpu) {
  const Pipeline shapes = Pipeline::synthetic(Context::create(), "shapes", 1);
  const auto latents = [&](const std::vector<AcceleratorChoice>& accelerators) {
    return Sampler(shapes, {.steps = 2}, accelerators)
        .run({.width = 32, .height = 32})
        .latents.data;
  };
  const std::vector<AcceleratorChoice> graph{Spec::parse("cudagraph")};
  EXPECT_EQ(latents(graph), latents({}));
  EXPECT_NE(Sampler(shapes, {}, graph).explain().find("cpu is not a CUDA device"),
            std::string::npos);
  EXPECT_ERROR(Code::invalid_argument, "it has none",
               Sampler(shapes, {}, {Spec::parse("cudagraph:depth=2")}));
}

TEST(GraphLaunch, IsRefusedWhereNothingRecords) {
  EXPECT_FALSE(can_launch_graphs(at::kCPU));
  EXPECT_ERROR(Code::unsupported, "cpu cannot be recorded", device::record(at::kCPU, [] {}));
}

}  // namespace
}  // namespace latentrt::accel
