/// Inferred shapes compared with those of a run.
#include "nn/program/shapes.hpp"

#include <ATen/ops/ones.h>
#include <gtest/gtest.h>

#include "models/autoencoder/vae.hpp"
#include "models/autoencoder/vq_model.hpp"
#include "models/text/clip.hpp"
#include "nn/program/peak_memory.hpp"
#include "nn/program/program_builder.hpp"
#include "nn/run/executor.hpp"
#include "support/each_call_ops.hpp"
#include "support/expect_error.hpp"
#include "support/tiny_unet.hpp"

namespace latentrt::nn {
namespace {

/// Runs with ones for every input and compares the shape of every node's result.
void expect_shapes_of_a_run(const Program& program, const std::map<std::string, Shape>& inputs) {
  class Recorder final : public testing::EachCallOps {
   public:
    at::Tensor compute(const OpCall& call) const override {
      at::Tensor y = LocalOps().run(call);
      shapes[call.node.dst] = y.sizes().vec();
      return y;
    }
    mutable std::map<ValueId, Shape> shapes;
  } recorder;
  NamedTensors tensors;
  for (const auto& [name, shape] : inputs) {
    const bool ids = name == "input_ids" || name == "end_index";
    tensors[name] = at::ones(shape, at::TensorOptions(ids ? at::kLong : at::kFloat));
  }
  run(program, random_weights(program, 1, {}), recorder, tensors);
  const std::vector<Shape> inferred = infer_shapes(program, inputs);
  ASSERT_EQ(recorder.shapes.size(), program.nodes().size());
  for (const auto& [value, shape] : recorder.shapes)
    EXPECT_EQ(inferred[static_cast<std::size_t>(value)], shape) << program.name_of(value);
}

TEST(InferShapes, OfUnetsAtAnySize) {
  for (const auto& [height, width] : {std::pair(8, 8), std::pair(9, 17)}) {
    expect_shapes_of_a_run(models::build_unet(testing::tiny_unet_config()),
                           {{"sample", {2, 4, height, width}},
                            {"timestep", {2}},
                            {"encoder_hidden_states", {2, 5, testing::kTinyContext}}});
  }
}

TEST(InferShapes, OfSdxlsConditions) {
  const auto config = models::UnetConfig::from(io::Config::from_text(
      R"({"block_out_channels": [8, 16], "layers_per_block": 1, "norm_num_groups": 4, "attention_head_dim": 2,
          "cross_attention_dim": 12, "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D"],
          "up_block_types": ["CrossAttnUpBlock2D", "UpBlock2D"], "resnet_time_scale_shift": "scale_shift",
          "addition_embed_type": "text_time", "addition_time_embed_dim": 8,
          "projection_class_embeddings_input_dim": 68})",
      "unet"));
  expect_shapes_of_a_run(models::build_unet(config), {{"sample", {1, 4, 8, 8}},
                                                      {"timestep", {1}},
                                                      {"encoder_hidden_states", {1, 5, 12}},
                                                      {"time_ids", {1, 6}},
                                                      {"text_embeds", {1, 20}}});
}

/// Sizes are halved by averaging and doubled again inside resnets.
TEST(InferShapes, OfUnetsWithoutText) {
  const auto config = models::UnetConfig::unconditional_from(io::Config::from_text(
      R"({"block_out_channels": [8, 16], "layers_per_block": 1, "norm_num_groups": 4,
          "down_block_types": ["AttnDownBlock2D", "DownBlock2D"],
          "up_block_types": ["UpBlock2D", "AttnUpBlock2D"], "downsample_type": "resnet",
          "upsample_type": "resnet"})",
      "unet"));
  for (const auto& [height, width] : {std::pair(8, 8), std::pair(9, 17)})
    expect_shapes_of_a_run(models::build_unet(config),
                           {{"sample", {2, 3, height, width}}, {"timestep", {2}}});
}

TEST(InferShapes, OfCodebooks) {
  models::VqConfig vq;
  vq.latent_channels = 4;
  vq.code_channels = 5;
  vq.block_out_channels = {4, 8};
  vq.groups = 2;
  expect_shapes_of_a_run(models::build_vq_encoder(vq), {{"image", {2, 3, 16, 24}}});
  expect_shapes_of_a_run(models::build_vq_decoder(vq), {{"latents", {2, 5, 6, 3}}});
  vq.spatial = true;
  vq.code_channels = 4;
  vq.block_out_channels = {32, 64};
  expect_shapes_of_a_run(models::build_vq_decoder(vq), {{"latents", {1, 4, 4, 3}}});
}

TEST(InferShapes, OfAutoencodersAndTextEncoders) {
  models::VaeConfig vae;
  vae.block_out_channels = {4, 8};
  vae.groups = 2;
  expect_shapes_of_a_run(models::build_vae_encoder(vae), {{"image", {2, 3, 16, 24}}});
  expect_shapes_of_a_run(models::build_vae_decoder(vae), {{"latents", {2, 4, 5, 3}}});
  models::ClipConfig clip;
  clip.hidden_size = 16;
  clip.heads = 2;
  clip.layers = 2;
  clip.vocab_size = 11;
  clip.with_projection = true;
  expect_shapes_of_a_run(models::build_clip(clip), {{"input_ids", {2, 7}}, {"end_index", {2}}});
}

TEST(InferShapes, NamesTheInputThatIsMissing) {
  const Program program = models::build_unet(testing::tiny_unet_config());
  EXPECT_ERROR(Code::invalid_argument, "'sample'", infer_shapes(program, {}));
}

/// Two consecutive 1x1 convolutions: at the second one, its source, its result and its kernel are
/// in memory.
TEST(PeakMemory, IsTheFullestMoment) {
  ProgramBuilder b;
  const ValueId x = b.conv2d("first", b.input("x", picture_input(1)), 1, 8, 1,
                             {.stride = 1, .pad_begin = 0, .pad_end = 0});
  b.output(b.conv2d("second", x, 8, 2, 1, {.stride = 1, .pad_begin = 0, .pad_end = 0}), "y");
  const Program program = std::move(b).build();
  const auto shapes = infer_shapes(program, {{"x", {1, 1, 10, 10}}});
  EXPECT_EQ(peak_activation_bytes(program, shapes, 2), 2u * (800 + 200 + 16));
}

}  // namespace
}  // namespace latentrt::nn
