/// Stable Diffusion 1.x and 2.x (Rombach et al. 2022): one text encoder, whose last layer is read.
#include "components/autoencoder_classes.hpp"
#include "components/clip_classes.hpp"
#include "components/family_table.hpp"
#include "components/places.hpp"
#include "components/published_configs.hpp"
#include "components/text_conditioning.hpp"
#include "components/training_configs.hpp"
#include "components/unet_class.hpp"

namespace latentrt::pipeline {
namespace {

constexpr const char* kUnetPrefix = "model.diffusion_model.";
constexpr const char* kVaePrefix = "first_stage_model.";

// Settings of SD1.x and SD2.x that tensors' shapes do not determine.
constexpr std::int64_t kHeads1 = 8, kHeads2 = 0, kLatents1 = 64, kLatents2 = 96;
constexpr std::int64_t kPixels1 = 512, kPixels2 = 768;
constexpr double kScalingFactor = 0.18215;
constexpr std::int64_t kOpenClipPad = 0;

constexpr const char* kClipH =
    R"({"hidden_size": 1024, "intermediate_size": 4096, "num_hidden_layers": 23,
  "num_attention_heads": 16, "hidden_act": "gelu", "projection_dim": 512})";

constexpr const char* kUnetSd15 =
    R"({"sample_size": 64, "block_out_channels": [320, 640, 1280, 1280],
  "attention_head_dim": 8, "cross_attention_dim": 768})";

constexpr const char* kUnetSd21 =
    R"({"sample_size": 96, "block_out_channels": [320, 640, 1280, 1280],
  "attention_head_dim": [5, 10, 20, 20], "cross_attention_dim": 1024, "use_linear_projection": true})";

constexpr const char* kVaeSd =
    R"({"block_out_channels": [128, 256, 512, 512], "layers_per_block": 2,
  "down_block_types": ["DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D"],
  "up_block_types": ["UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D"],
  "sample_size": 512, "scaling_factor": 0.18215})";

constexpr const char* kVelocity =
    R"({"_class_name": "DDIMScheduler", "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear",
  "steps_offset": 1, "clip_sample": false, "set_alpha_to_one": false, "prediction_type": "v_prediction"})";

/// A small model for examples and tests.
constexpr const char* kClipShapes =
    R"({"hidden_size": 128, "intermediate_size": 512, "num_hidden_layers": 3,
  "num_attention_heads": 4, "hidden_act": "quick_gelu", "projection_dim": 128, "vocab_size": 601,
  "max_position_embeddings": 32})";

constexpr const char* kUnetShapes = R"({"sample_size": 16, "block_out_channels": [64, 64, 128],
  "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
  "up_block_types": ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"],
  "attention_head_dim": 4, "cross_attention_dim": 128, "norm_num_groups": 16})";

constexpr const char* kVaeShapes =
    R"({"block_out_channels": [16, 32, 64, 96], "layers_per_block": 1,
  "down_block_types": ["DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D"],
  "up_block_types": ["UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D"],
  "norm_num_groups": 8, "mid_block_add_attention": false, "sample_size": 128, "scaling_factor": 0.30676})";

/// For checkpoints in one file.
constexpr const char* kScheduler1 =
    R"({"_class_name": "PNDMScheduler", "beta_start": 0.00085, "beta_end": 0.012,
  "beta_schedule": "scaled_linear", "steps_offset": 1, "clip_sample": false, "set_alpha_to_one": false,
  "skip_prk_steps": true})";
constexpr const char* kScheduler2 =
    R"({"_class_name": "DDIMScheduler", "beta_start": 0.00085, "beta_end": 0.012,
  "beta_schedule": "scaled_linear", "steps_offset": 1, "clip_sample": false, "set_alpha_to_one": false,
  "skip_prk_steps": true, "prediction_type": "v_prediction"})";

Architecture model_of(const char* name, std::string clip, std::string unet, std::string vae,
                      const char* scheduler) {
  return {.name = name,
          .components = {{"text_encoder", kClipClass, std::move(clip)},
                         {"unet", kUnetClass, std::move(unet)},
                         {"vae", kKlClass, std::move(vae)}},
          .scheduler = scheduler};
}

/// The published one if the file has no autoencoder: another one is then specified.
std::string vae_in(const io::TensorFile& file, std::int64_t pixels) {
  const StoredShapes vae(file, kVaePrefix);
  return vae.holds("decoder.") ? vae_config_of(vae, kScalingFactor, pixels) : kVaeSd;
}

Architecture infer_sd1(const io::TensorFile& file, const CheckpointLayout& layout) {
  return model_of("", clip_config_of({file, layout.component("text_encoder").prefix}),
                  unet_config_of({file, kUnetPrefix}, kHeads1, kLatents1), vae_in(file, kPixels1),
                  kScheduler1);
}

/// SD2 reads the states of the second last layer, so its text encoder is the tower without the last
/// layer. Files converted from other layouts lack that layer already, and the projection after it.
Architecture infer_sd2(const io::TensorFile& file, const CheckpointLayout& layout) {
  const StoredShapes clip(file, layout.component("text_encoder").prefix);
  return model_of("", open_clip_config_of(clip, clip.has("text_projection") ? 1 : 0),
                  unet_config_of({file, kUnetPrefix}, kHeads2, kLatents2), vae_in(file, kPixels2),
                  kScheduler2);
}

CheckpointLayout layout_with(const char* title, StoredComponent text_encoder,
                             decltype(CheckpointLayout::infer) infer) {
  return {.title = title,
          .components = {std::move(text_encoder), {"unet", kUnetPrefix}, {"vae", kVaePrefix}},
          .infer = infer};
}

/// The longest prefixes first.
std::vector<CheckpointLayout> layouts() {
  const StoredComponent open_clip{.name = "text_encoder",
                                  .prefix = "cond_stage_model.model.",
                                  .stored_name = io::open_clip_name,
                                  .pad_id = kOpenClipPad};
  return {
      layout_with("SD1.x", {"text_encoder", "cond_stage_model.transformer.text_model."}, infer_sd1),
      layout_with("SD1.x", {"text_encoder", "cond_stage_model.transformer."}, infer_sd1),
      layout_with("SD2.x", open_clip, infer_sd2)};
}

}  // namespace

void register_sd(FamilyTable& table) {
  table.add({.name = "sd",
             .class_names = {"StableDiffusionPipeline", "StableDiffusionImg2ImgPipeline",
                             "StableDiffusionInpaintPipeline"},
             .components = stable_diffusion_places(1),
             .checkpoints = layouts(),
             .architectures = {model_of("sd15", kClipL, kUnetSd15, kVaeSd, kEpsilon),
                               model_of("sd21", kClipH, kUnetSd21, kVaeSd, kVelocity),
                               model_of("shapes", kClipShapes, kUnetShapes, kVaeShapes, kVelocity)},
             .repainting = {RepaintInput::mask, RepaintInput::masked_latents},
             .check = check_stable_diffusion,
             .conditioning = last_layer_inputs});
}

}  // namespace latentrt::pipeline
