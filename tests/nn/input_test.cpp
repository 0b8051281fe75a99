/// Declarations of networks' inputs, and their consequences.
#include "nn/program/input.hpp"

#include <gtest/gtest.h>

#include "models/text/clip.hpp"
#include "nn/passes/fuse.hpp"
#include "nn/program/layout.hpp"
#include "nn/program/program_builder.hpp"
#include "nn/program/shapes.hpp"
#include "support/expect_error.hpp"
#include "support/tiny_unet.hpp"

namespace latentrt::nn {
namespace {

using NamedShapes = std::map<std::string, Shape>;

models::UnetConfig unet_with(const std::string& more) {
  return models::UnetConfig::from(io::Config::from_text(
      R"({"block_out_channels": [8, 16], "layers_per_block": 1, "norm_num_groups": 4,
          "attention_head_dim": 2, "cross_attention_dim": 12,
          "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D"],
          "up_block_types": ["CrossAttnUpBlock2D", "UpBlock2D"], )" +
          more + "}",
      "unet"));
}

TEST(Extents, ScaleAndRoundUp) {
  const Extents extents{.rows = 2, .tokens = 7, .height = 9, .width = 16};
  EXPECT_EQ(extents.of(5), 5);
  EXPECT_EQ(extents.of(Symbol::rows), 2);
  EXPECT_EQ(extents.of(Symbol::tokens), 7);
  EXPECT_EQ(extents.of({Symbol::height, 4}), 3);
  EXPECT_EQ(extents.of({Symbol::width, 4}), 4);
}

TEST(DeclaredInputs, OfAUnetWithSizeConditions) {
  const Program program = models::build_unet(unet_with(
      R"("addition_embed_type": "text_time", "addition_time_embed_dim": 8,
         "projection_class_embeddings_input_dim": 68)"));
  const NamedShapes expected{{"sample", {4, 4, 9, 17}},
                             {"timestep", {4}},
                             {"encoder_hidden_states", {4, 5, 12}},
                             {"text_embeds", {4, 20}},
                             {"time_ids", {4, 6}}};
  EXPECT_EQ(input_shapes(program, {.rows = 4, .tokens = 5, .height = 9, .width = 17}), expected);
  EXPECT_EQ(program.inputs_that_change(Changes::per_call), std::vector<std::string>{"sample"});
  EXPECT_EQ(program.inputs_that_change(Changes::per_step), std::vector<std::string>{"timestep"});
  EXPECT_EQ(program.declared("time_ids").type, ElementType::fp32);
  EXPECT_EQ(program.band_input(), "sample");
  EXPECT_EQ(program.main_output(), "out");
}

TEST(DeclaredInputs, ClassLabelsAreIntegersBelowTheirCount) {
  const Program program = models::build_unet(unet_with(R"("num_class_embeds": 10)"));
  const InputSpec& labels = program.declared("class_labels");
  EXPECT_EQ(labels.type, ElementType::int64);
  EXPECT_EQ(labels.limit, 10);
}

TEST(DeclaredInputs, TokenIdsAreBelowTheVocabulary) {
  const Program program = models::build_clip({});
  EXPECT_EQ(program.declared("input_ids").type, ElementType::int64);
  EXPECT_EQ(program.declared("input_ids").limit, models::ClipConfig{}.vocab_size);
}

TEST(DeclaredInputs, ResidualsHaveTheShapesOfWhatTheyAreAddedTo) {
  const Program program = models::build_unet(testing::tiny_unet_config(), true);
  for (const auto& [height, width] : {std::pair(8, 8), std::pair(9, 17)}) {
    const NamedShapes inputs =
        input_shapes(program, {.rows = 2, .tokens = 5, .height = height, .width = width});
    const std::vector<Shape> shapes = infer_shapes(program, inputs);
    int residuals = 0;
    for (const Node& node : program.nodes()) {
      if (!std::holds_alternative<Add>(node.op) || !program.declares(program.name_of(node.srcs[1])))
        continue;
      EXPECT_EQ(shapes[static_cast<std::size_t>(node.srcs[0])],
                shapes[static_cast<std::size_t>(node.srcs[1])])
          << node.name;
      ++residuals;
    }
    EXPECT_EQ(residuals, 7);  // conv_in, two levels of two layers, one downsampling, the middle
  }
}

TEST(DeclaredInputs, StayInCutsAndAfterPasses) {
  const Program fused = fuse(models::build_unet(testing::tiny_unet_config()));
  const Program cut = fused.extract({"sample", "timestep", "encoder_hidden_states"}, {"up.1.in"});
  EXPECT_TRUE(cut.declares("sample"));
  EXPECT_FALSE(cut.declares("up.1.in"));
  EXPECT_ERROR(Code::invalid_argument, "'image'", cut.declared("image"));
}

/// Whatever changes passes made to the nodes around them.
TEST(DeclaredSkips, AreThePicturesThatTheWayUpConcatenates) {
  const Program fused = fuse(models::build_unet(testing::tiny_unet_config()));
  std::vector<std::pair<ValueId, ValueId>> concatenated, declared;
  for (const Node& node : fused.nodes())
    if (std::holds_alternative<Concat>(node.op))
      concatenated.emplace_back(node.srcs[0], node.srcs[1]);
  for (const Skip& skip : fused.declarations().skips) declared.emplace_back(skip.deep, skip.kept);
  EXPECT_EQ(declared, concatenated);
}

TEST(Layouts, FollowThePictureThroughTheNetwork) {
  const Program program = models::build_unet(testing::tiny_unet_config());
  const std::vector<Layout> found = layouts(program);
  const std::vector<Shape> shapes = infer_shapes(
      program, input_shapes(program, {.rows = 2, .tokens = 5, .height = 8, .width = 8}));
  int tokens = 0;
  for (const Node& node : program.nodes()) {
    const auto id = static_cast<std::size_t>(node.dst);
    EXPECT_EQ(found[id] == Layout::picture, shapes[id].size() == 4) << node.name;
    tokens += found[id] == Layout::tokens ? 1 : 0;
  }
  EXPECT_GT(tokens, 0);
  EXPECT_EQ(found[static_cast<std::size_t>(program.value("encoder_hidden_states"))], Layout::none);
}

}  // namespace
}  // namespace latentrt::nn
