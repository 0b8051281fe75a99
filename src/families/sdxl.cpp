/// Stable Diffusion XL (Podell et al. 2023): the second last layers of two text encoders, a pooled
/// state, and the size of the picture as an input.
#include <ATen/ops/cat.h>
#include <ATen/ops/tensor.h>

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
constexpr const char* kZeros = "force_zeros_for_empty_prompt";

constexpr double kGuidance = 5;
constexpr int kLayersLeftOut = 1;
// Settings that tensors' shapes do not determine.
constexpr std::int64_t kHeads = 0, kLatents = 128, kPixels = 1024;
constexpr double kScalingFactor = 0.13025;
constexpr std::int64_t kOpenClipPad = 0;

constexpr const char* kClipBigG =
    R"({"hidden_size": 1280, "intermediate_size": 5120, "num_hidden_layers": 32,
  "num_attention_heads": 20, "hidden_act": "gelu", "projection_dim": 1280})";

constexpr const char* kUnetSdxl =
    R"({"sample_size": 128, "block_out_channels": [320, 640, 1280],
  "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
  "up_block_types": ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"],
  "attention_head_dim": [5, 10, 20], "cross_attention_dim": 2048, "transformer_layers_per_block": [1, 2, 10],
  "use_linear_projection": true, "addition_embed_type": "text_time", "addition_time_embed_dim": 256,
  "projection_class_embeddings_input_dim": 2816})";

constexpr const char* kVaeSdxl =
    R"({"block_out_channels": [128, 256, 512, 512], "layers_per_block": 2,
  "down_block_types": ["DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D"],
  "up_block_types": ["UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D"],
  "sample_size": 1024, "scaling_factor": 0.13025})";

/// For checkpoints in one file.
constexpr const char* kScheduler =
    R"({"_class_name": "EulerDiscreteScheduler", "beta_start": 0.00085, "beta_end": 0.012,
  "beta_schedule": "scaled_linear", "steps_offset": 1, "clip_sample": false, "set_alpha_to_one": false,
  "skip_prk_steps": true, "timestep_spacing": "leading"})";

/// The states of all encoders concatenated, and the projected pooled state of the encoder that has
/// one.
TextStates encode(const Model& model, const ConditioningCall& call, std::string_view prompt,
                  int clip_skip) {
  std::vector<at::Tensor> hidden;
  at::Tensor pooled;
  for (const TextEncoder& encoder : model.text_encoders) {
    const bool projects = encoder.program().has_value("text_embeds");
    const std::string state =
        models::hidden_state(encoder.config().layers - kLayersLeftOut - clip_skip);
    std::vector<std::string> outputs{state};
    if (projects) outputs.emplace_back("text_embeds");
    nn::NamedTensors states =
        encoder.encode(prompt, reading_of(call.request), outputs, call.chunks);
    hidden.push_back(states.at(state));
    if (projects) pooled = states.at("text_embeds");
  }
  return {at::cat(hidden, -1), pooled};
}

/// Original size, crop corner and target size, each as height, width.
at::Tensor time_ids(Extent extent) {
  const auto h = static_cast<float>(extent.height), w = static_cast<float>(extent.width);
  return at::tensor({h, w, 0.0F, 0.0F, h, w}, at::kFloat).unsqueeze(0);
}

RoleInputs conditioning(const Model& model, const ConditioningCall& call) {
  RoleInputs inputs =
      text_inputs(call, model.flags.at(kZeros), [&](std::string_view prompt, int clip_skip) {
        return encode(model, call, prompt, clip_skip);
      });
  inputs.conditional["time_ids"] = time_ids(call.extent);
  if (call.guided) inputs.unconditional["time_ids"] = time_ids(call.extent);
  return inputs;
}

Architecture model_of(const char* name, std::string clip, std::string second_clip, std::string unet,
                      std::string vae, const char* scheduler) {
  return {.name = name,
          .components = {{"text_encoder", kClipClass, std::move(clip)},
                         {"text_encoder_2", kProjectingClipClass, std::move(second_clip)},
                         {"unet", kUnetClass, std::move(unet)},
                         {"vae", kKlClass, std::move(vae)}},
          .scheduler = scheduler};
}

Architecture infer(const io::TensorFile& file, const CheckpointLayout& layout) {
  const StoredShapes vae(file, kVaePrefix);
  return model_of("", clip_config_of({file, layout.component("text_encoder").prefix}),
                  open_clip_config_of({file, layout.component("text_encoder_2").prefix}, 0),
                  unet_config_of({file, kUnetPrefix}, kHeads, kLatents),
                  vae.holds("decoder.") ? vae_config_of(vae, kScalingFactor, kPixels) : kVaeSdxl,
                  kScheduler);
}

std::vector<CheckpointLayout> layouts() {
  const StoredComponent unet{"unet", kUnetPrefix}, vae{"vae", kVaePrefix};
  return {{.title = "SDXL",
           .components = {{"text_encoder", "conditioner.embedders.0.transformer.text_model."},
                          {.name = "text_encoder_2",
                           .prefix = "conditioner.embedders.1.model.",
                           .stored_name = io::open_clip_name,
                           .pad_id = kOpenClipPad},
                          unet,
                          vae},
           .infer = infer},
          {.title = "an SDXL refiner",
           .components = {{"text_encoder_2", "conditioner.embedders.0.model."}, unet, vae}}};
}

}  // namespace

void register_sdxl(FamilyTable& table) {
  table.add({.name = "sdxl",
             .class_names = {"StableDiffusionXLPipeline", "StableDiffusionXLImg2ImgPipeline",
                             "StableDiffusionXLInpaintPipeline"},
             .components = stable_diffusion_places(2),
             .checkpoints = layouts(),
             .architectures = {model_of("sdxl", kClipL, kClipBigG, kUnetSdxl, kVaeSdxl, kEpsilon)},
             .flags = {{kZeros, true}},
             .guidance = kGuidance,
             .text_layers_left_out = kLayersLeftOut,
             .repainting = {RepaintInput::mask, RepaintInput::masked_latents},
             .check = check_stable_diffusion,
             .conditioning = conditioning});
}

}  // namespace latentrt::pipeline
