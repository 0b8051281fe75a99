/// Two networks in one Program have the same results as one after the other, bit for bit.
#include "nn/passes/joined.hpp"

#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/randn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nn/passes/fuse.hpp"
#include "nn/passes/hoist.hpp"
#include "nn/program/program_builder.hpp"
#include "nn/program/shapes.hpp"
#include "nn/run/executor.hpp"
#include "support/expect_error.hpp"
#include "support/tiny_unet.hpp"

namespace latentrt::nn {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

constexpr std::int64_t kChannels[] = {8, 8, 8, 8, 16, 16};
constexpr int kOver[] = {1, 1, 1, 2, 2, 2};

/// Controls the tiny UNet: residuals computed from the sample, the prompt and a hint, with names
/// that the UNet has too.
Program control() {
  ProgramBuilder b;
  const ValueId sample = b.input("sample", picture_input(4));
  const ValueId text = b.input("encoder_hidden_states",
                               {.dims = {Symbol::rows, Symbol::tokens, testing::kTinyContext}});
  InputSpec of_hint = picture_input(3);
  of_hint.changes = Changes::per_prompt;
  const ValueId hint = b.conv2d("hint_in", b.input("hint", of_hint), 3, 8, 3);
  const ValueId shift =
      b.apply("pick", SelectToken{},
              {b.linear("text", text, testing::kTinyContext, 8),
               b.input("index", {.dims = {Symbol::rows}, .type = ElementType::int64, .limit = 5})});
  const ValueId x = b.add("conv_in", b.conv2d("conv_in", sample, 4, 8, 3), hint);
  const ValueId features = b.apply("shifted", AddChannels{}, {x, shift});
  const ValueId half = b.conv2d("half", features, 8, 16, 3, {.stride = 2});
  for (std::size_t i = 0; i < std::size(kChannels); ++i) {
    const std::string path = "zero." + std::to_string(i);
    const bool down = kOver[i] == 2;
    b.output(b.conv2d(path, down ? half : features, down ? 16 : 8, kChannels[i], 3),
             "down_residual." + std::to_string(i));
  }
  b.output(b.conv2d("zero.mid", half, 16, 16, 3), "mid_residual");
  b.output(features, "seen");
  return std::move(b).build();
}

JoinOptions options() {
  JoinOptions made{.first_prefix = "control."};
  for (std::size_t i = 0; i < std::size(kChannels); ++i) {
    const std::string name = "down_residual." + std::to_string(i);
    made.connections.emplace(name, name);
  }
  made.connections.emplace("mid_residual", "mid_residual");
  return made;
}

class Joined : public ::testing::Test {
 protected:
  static at::Tensor picture(std::int64_t channels) {
    return at::randn({2, channels, 8, 8}).contiguous(at::MemoryFormat::ChannelsLast);
  }

  NamedTensors one_after_the_other() const {
    NamedTensors all = inputs_;
    all.merge(run(control_, of_control_, ops_, inputs_));
    NamedTensors outputs = run(unet_, of_unet_, ops_, all);
    outputs.emplace("control.seen", all.at("seen"));
    return outputs;
  }

  static void expect_equal(const NamedTensors& given, const NamedTensors& wanted) {
    ASSERT_EQ(given.size(), wanted.size());
    for (const auto& [name, tensor] : wanted)
      EXPECT_TRUE(at::equal(given.at(name), tensor)) << name;
  }

  const Program control_ = control(), unet_ = models::build_unet(testing::tiny_unet_config(), true);
  const BoundWeights of_control_ = random_weights(control_, 1, {}),
                     of_unet_ = random_weights(unet_, 2, {});
  const LocalOps ops_;
  const NamedTensors inputs_{{"sample", picture(4)},
                             {"hint", picture(3)},
                             {"encoder_hidden_states", at::randn({2, 5, testing::kTinyContext})},
                             {"index", at::full({2}, 3, at::kLong)},
                             {"timestep", at::full({2}, 500.0)}};
  const Program both_ = joined(control_, unet_, options());
  const BoundWeights of_both_ = joined(of_control_, of_unet_);
};

TEST_F(Joined, ComputesWhatTwoRunsCompute) {
  EXPECT_THAT(both_.input_names(),
              UnorderedElementsAre("sample", "hint", "encoder_hidden_states", "index", "timestep"));
  EXPECT_THAT(both_.output_names(), ElementsAre("out", "control.seen"));
  EXPECT_EQ(both_.main_output(), "out");
  EXPECT_EQ(both_.declarations().skips.size(), unet_.declarations().skips.size());
  const NamedTensors outputs = run(both_, of_both_, ops_, inputs_);
  expect_equal(outputs, one_after_the_other());
  // The residuals have an effect.
  NamedTensors other = inputs_;
  other["hint"] = picture(3);
  EXPECT_FALSE(at::equal(run(both_, of_both_, ops_, other).at("out"), outputs.at("out")));
}

TEST_F(Joined, DeclaresInputsAsItsPartsDo) {
  const Extents extents{.rows = 2, .tokens = 5, .height = 8, .width = 8};
  const auto shapes = input_shapes(both_, extents);
  EXPECT_EQ(shapes.size(), inputs_.size());
  for (const auto& [name, tensor] : inputs_) EXPECT_EQ(shapes.at(name), tensor.sizes().vec());
  EXPECT_EQ(both_.declared("hint").changes, Changes::per_prompt);
  EXPECT_NO_THROW(infer_shapes(both_, shapes));
}

TEST_F(Joined, IsCutAsOneNetwork) {
  const Program features =
      both_.extract({"sample", "hint", "encoder_hidden_states", "index"}, {"control.seen"});
  EXPECT_THAT(features.input_names(),
              UnorderedElementsAre("sample", "hint", "encoder_hidden_states", "index"));
  const auto wanted = one_after_the_other();
  expect_equal(run(features, of_both_, ops_, inputs_),
               {{"control.seen", wanted.at("control.seen")}});

  const Hoisted hoisted = hoist(both_, {"encoder_hidden_states", "hint", "index"});
  EXPECT_TRUE(hoisted.prologue.has_value("control.hint_in"));
  NamedTensors all = run(hoisted.prologue, of_both_, ops_, inputs_);
  EXPECT_TRUE(all.contains("control.hint_in"));
  all.insert(inputs_.begin(), inputs_.end());
  expect_equal(run(hoisted.body, of_both_, ops_, all), wanted);
}

std::vector<std::string> nodes_of(const Program& program) {
  std::vector<std::string> names;
  for (const Node& node : program.nodes()) names.push_back(node.name);
  return names;
}

TEST_F(Joined, IsFusedAsItsPartsAre) {
  const Program parts = joined(fuse(control_), fuse(unet_), options()), whole = fuse(both_);
  EXPECT_EQ(nodes_of(whole), nodes_of(parts));
  EXPECT_LT(whole.nodes().size(), both_.nodes().size());
  ASSERT_EQ(whole.weights().size(), parts.weights().size());
  for (std::size_t i = 0; i < whole.weights().size(); ++i)
    EXPECT_EQ(whole.weights()[i].parts[0].name, parts.weights()[i].parts[0].name);
  const BoundWeights weights = random_weights(whole, 3, {});
  expect_equal(run(whole, weights, ops_, inputs_), run(parts, weights, ops_, inputs_));
}

TEST_F(Joined, RefusesWhatHasTwoMeanings) {
  JoinOptions wrong = options();
  wrong.first_prefix.clear();
  EXPECT_ERROR(Code::invalid_argument, "conv_in.weight", joined(control_, unet_, wrong));
  wrong = options();
  wrong.connections["no_such_input"] = "seen";
  EXPECT_ERROR(Code::invalid_argument, "no_such_input", joined(control_, unet_, wrong));
  wrong = options();
  wrong.connections["conv_in"] = "seen";
  EXPECT_ERROR(Code::invalid_argument, "the second network has no input named 'conv_in'",
               joined(control_, unet_, wrong));
  wrong = options();
  wrong.connections["mid_residual"] = "no_such_value";
  EXPECT_ERROR(Code::invalid_argument, "no_such_value", joined(control_, unet_, wrong));

  const auto narrow = [](std::int64_t channels, const char* output) {
    ProgramBuilder b;
    b.output(b.silu("act", b.input("sample", picture_input(channels))), output);
    return std::move(b).build();
  };
  EXPECT_ERROR(Code::invalid_argument, "declare the input 'sample' in two ways",
               joined(narrow(3, "a"), narrow(4, "b"), {}));
  EXPECT_ERROR(Code::invalid_argument, "both of the joined networks have a value named 'a'",
               joined(narrow(3, "a"), narrow(3, "a"), {}));
  EXPECT_ERROR(Code::invalid_argument, "cannot be joined",
               joined(of_control_, random_weights(unet_, 2, {.dtype = DType::bf16})));
}

}  // namespace
}  // namespace latentrt::nn
