/// Which weights are marked: in UNets those after the first convolution, elsewhere those whose
/// inputs change with each call.
#include "nn/passes/mark_quantizable.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "models/autoencoder/vae.hpp"
#include "nn/passes/fuse.hpp"
#include "nn/program/program_builder.hpp"
#include "nn/program/shapes.hpp"
#include "support/tiny_unet.hpp"

namespace latentrt::nn {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> marked(const Program& program) {
  std::vector<std::string> names;
  for (const Weight& weight : program.weights())
    if (weight.quantizable) names.push_back(weight.parts[0].name);
  return names;
}

/// Products of at least 32 x 32 whose input is the result of a convolution: those that UNets need.
std::vector<std::string> after_convolutions(const Program& program) {
  std::vector<std::string> names;
  std::vector<bool> of_pixels(program.value_count());
  for (const Node& node : program.nodes()) {
    const bool reads_pixels = std::ranges::any_of(
        node.srcs, [&](ValueId src) { return of_pixels[static_cast<std::size_t>(src)]; });
    const bool convolves = std::holds_alternative<Conv2d>(node.op);
    of_pixels[static_cast<std::size_t>(node.dst)] = reads_pixels || convolves;
    if (!reads_pixels || !(convolves || std::holds_alternative<Linear>(node.op))) continue;
    const Weight& weight = program.weights()[static_cast<std::size_t>(node.weights[0])];
    if (std::min(weight.shape[0], element_count(weight.shape) / weight.shape[0]) >= 32)
      names.push_back(weight.parts[0].name);
  }
  return names;
}

void expect_after_convolutions(const Program& program, std::size_t least) {
  std::vector<std::string> given = marked(mark_quantizable(program)),
                           wanted = after_convolutions(program);
  std::ranges::sort(given);
  std::ranges::sort(wanted);
  EXPECT_EQ(given, wanted);
  EXPECT_GE(given.size(), least);
}

TEST(MarkQuantizable, InUnetsIsWhatFollowsAConvolution) {
  expect_after_convolutions(models::build_unet(testing::wide_unet_config()), 30);
  expect_after_convolutions(fuse(models::build_unet(testing::wide_unet_config())), 30);
  expect_after_convolutions(models::build_unet(testing::wide_unet_config(), true), 30);
  for (const char* config : {R"({"attention_head_dim": 8, "cross_attention_dim": 768})",
                             R"({"block_out_channels": [320, 640, 1280],
            "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
            "up_block_types": ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"],
            "attention_head_dim": [5, 10, 20], "cross_attention_dim": 2048,
            "transformer_layers_per_block": [1, 2, 10], "use_linear_projection": true,
            "addition_embed_type": "text_time", "addition_time_embed_dim": 256,
            "projection_class_embeddings_input_dim": 2816})"}) {
    const auto unet = models::UnetConfig::from(io::Config::from_text(config, "unet"));
    expect_after_convolutions(fuse(models::build_unet(unet)), 100);
  }
  expect_after_convolutions(models::build_vae_decoder({}), 8);
}

/// A transformer over patches: without any convolution, except possibly the one that makes the
/// patches.
Program transformer(bool convolution) {
  ProgramBuilder b;
  ValueId x;
  if (convolution) {
    x = b.input("sample", picture_input(16));
    x = b.apply("tokens", ToTokens{}, {b.conv2d("patches", x, 16, 64, 2, {2, 0, 0})});
  } else {
    x = b.input("sample",
                {.dims = {Symbol::rows, Symbol::tokens, 64}, .changes = Changes::per_call});
    x = b.linear("patches", x, 64, 64);
  }
  const ValueId time = b.input("time", {.dims = {Symbol::rows, 64}, .changes = Changes::per_step}),
                text = b.input("text", {.dims = {Symbol::rows, Symbol::tokens, 64}});
  const ValueId scale = b.linear("modulation", time, 64, 64);
  const ValueId prompt = b.linear("prompt", text, 64, 64);
  const ValueId q = b.linear("q", x, 64, 64), k = b.linear("k", prompt, 64, 64),
                v = b.linear("v", prompt, 64, 64);
  x = b.add("cross", x, b.apply("attention", CrossAttention{2}, {q, k, v}));
  x = b.layer_norm("norm", x, 64, 1e-5);
  x = b.linear("feed.1", b.silu("act", b.linear("feed.0", x, 64, 128)), 128, 64);
  b.output(b.linear("narrow", x, 64, 16), "out");
  b.output(scale, "scale");
  return std::move(b).build();
}

TEST(MarkQuantizable, InTransformersIsWhatFollowsThePatches) {
  for (const bool convolution : {true, false})
    EXPECT_THAT(marked(mark_quantizable(transformer(convolution))),
                ElementsAre("q.weight", "feed.0.weight", "feed.1.weight"));
}

TEST(MarkQuantizable, InTextModelsIsWhatFollowsTheEmbedding) {
  ProgramBuilder b;
  const ValueId ids = b.input("ids", {.dims = {Symbol::rows, Symbol::tokens},
                                      .type = ElementType::int64,
                                      .changes = Changes::per_call,
                                      .limit = 99});
  const ValueId x = b.linear("up", b.embedding("table", ids, 99, 32), 32, 64);
  b.output(b.linear("head", x, 64, 99, false), "logits");
  EXPECT_THAT(marked(mark_quantizable(std::move(b).build())),
              ElementsAre("up.weight", "head.weight"));
}

TEST(MarkQuantizable, LeavesAloneWhatThePromptDecides) {
  ProgramBuilder b;
  const ValueId ids = b.input("ids", {.dims = {Symbol::rows, Symbol::tokens}});
  b.output(b.linear("map", b.embedding("table", ids, 99, 32), 32, 64), "out");
  EXPECT_THAT(marked(mark_quantizable(std::move(b).build())), ElementsAre());
}

}  // namespace
}  // namespace latentrt::nn
