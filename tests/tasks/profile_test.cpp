/// The denoiser node by node.
#include <gtest/gtest.h>

#include <latentrt/benchmark.hpp>
#include <latentrt/error.hpp>
#include <map>
#include <set>

#include "nn/program/macs.hpp"
#include "pipeline/pipeline_state.hpp"
#include "support/expect_error.hpp"

namespace latentrt {
namespace {

constexpr int kRows = 2, kSide = 64;

TEST(Profile, HoldsEveryNodeOnceWithWhatItHadToDo) {
  const Pipeline pipeline = Pipeline::synthetic(Context::create(), "shapes", 1);
  const auto profile = profile_unet(pipeline, kSide, kSide, kRows, 2);
  std::set<std::string> names;
  std::map<std::string, std::uint64_t> flops;
  for (const NodeProfile& node : profile) {
    EXPECT_TRUE(names.insert(node.name).second) << node.name;
    EXPECT_GT(node.bytes, 0U) << node.name;
    EXPECT_GE(node.seconds, 0);
    flops[node.kind] += node.flops;
  }
  // Text keys and values are computed once per prompt, so they are not included; everything else
  // is.
  const nn::Program& program = *pipeline.state()->denoiser.program;
  const std::int64_t tokens = pipeline.state()->text_encoders.front().config().positions;
  const auto shapes = nn::infer_shapes(program, {{"sample", {kRows, 4, kSide / 8, kSide / 8}},
                                                 {"timestep", {kRows}},
                                                 {"encoder_hidden_states", {kRows, tokens, 128}}});
  std::uint64_t hoisted = 0;
  for (const nn::Node& node : program.nodes()) {
    if (names.contains(node.name)) continue;
    EXPECT_TRUE(node.name.find("attn2.to_") != std::string::npos) << node.name;
    if (node.weights.empty()) continue;
    hoisted += 2 * kRows * static_cast<std::uint64_t>(tokens) * 128 *
               static_cast<std::uint64_t>(
                   program.weights()[static_cast<std::size_t>(node.weights[0])].shape[0]);
  }
  const nn::Macs macs = nn::count_macs(program, shapes);
  EXPECT_EQ(flops["conv2d"] + flops["linear"] + hoisted, 2 * macs.weights);
  EXPECT_EQ(flops["attention"] + flops["cross_attention"], 2 * macs.attention);
}

TEST(Profile, KnowsWhatTheMachineReaches) {
  const DevicePeaks peaks = measure_peaks(Pipeline::synthetic(Context::create(), "shapes", 1));
  EXPECT_GT(peaks.flops_per_s, 0);
  EXPECT_GT(peaks.bytes_per_s, 0);
}

TEST(Profile, RefusesNoRuns) {
  const Pipeline pipeline = Pipeline::synthetic(Context::create(), "shapes", 1);
  EXPECT_ERROR(Code::invalid_argument, "runs 0", profile_unet(pipeline, kSide, kSide, kRows, 0));
}

}  // namespace
}  // namespace latentrt
