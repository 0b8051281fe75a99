#include "loading/architectures.hpp"

#include <algorithm>

#include "base/fail.hpp"

namespace latentrt::pipeline {
namespace {

constexpr std::string_view kClipL =
    R"({"hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12,
  "num_attention_heads": 12, "hidden_act": "quick_gelu", "projection_dim": 768})";
constexpr std::string_view kClipH =
    R"({"hidden_size": 1024, "intermediate_size": 4096, "num_hidden_layers": 23,
  "num_attention_heads": 16, "hidden_act": "gelu", "projection_dim": 512})";
constexpr std::string_view kClipBigG =
    R"({"hidden_size": 1280, "intermediate_size": 5120, "num_hidden_layers": 32,
  "num_attention_heads": 20, "hidden_act": "gelu", "projection_dim": 1280})";
constexpr std::string_view kClipShapes =
    R"({"hidden_size": 128, "intermediate_size": 512, "num_hidden_layers": 3,
  "num_attention_heads": 4, "hidden_act": "quick_gelu", "projection_dim": 128, "vocab_size": 601,
  "max_position_embeddings": 32})";

constexpr std::string_view kUnetSd15 =
    R"({"sample_size": 64, "block_out_channels": [320, 640, 1280, 1280],
  "attention_head_dim": 8, "cross_attention_dim": 768})";
constexpr std::string_view kUnetSd21 =
    R"({"sample_size": 96, "block_out_channels": [320, 640, 1280, 1280],
  "attention_head_dim": [5, 10, 20, 20], "cross_attention_dim": 1024, "use_linear_projection": true})";
constexpr std::string_view kUnetSdxl =
    R"({"sample_size": 128, "block_out_channels": [320, 640, 1280],
  "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
  "up_block_types": ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"],
  "attention_head_dim": [5, 10, 20], "cross_attention_dim": 2048, "transformer_layers_per_block": [1, 2, 10],
  "use_linear_projection": true, "addition_embed_type": "text_time", "addition_time_embed_dim": 256,
  "projection_class_embeddings_input_dim": 2816})";
constexpr std::string_view kUnetShapes = R"({"sample_size": 16, "block_out_channels": [64, 64, 128],
  "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
  "up_block_types": ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"],
  "attention_head_dim": 4, "cross_attention_dim": 128, "norm_num_groups": 16})";

constexpr std::string_view kVaeSd =
    R"({"block_out_channels": [128, 256, 512, 512], "layers_per_block": 2,
  "down_block_types": ["DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D"],
  "up_block_types": ["UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D"],
  "sample_size": 512, "scaling_factor": 0.18215})";
constexpr std::string_view kVaeSdxl =
    R"({"block_out_channels": [128, 256, 512, 512], "layers_per_block": 2,
  "down_block_types": ["DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D"],
  "up_block_types": ["UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D"],
  "sample_size": 1024, "scaling_factor": 0.13025})";
constexpr std::string_view kVaeShapes =
    R"({"block_out_channels": [16, 32, 64, 96], "layers_per_block": 1,
  "down_block_types": ["DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D"],
  "up_block_types": ["UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D"],
  "norm_num_groups": 8, "mid_block_add_attention": false, "sample_size": 128, "scaling_factor": 0.30676})";

constexpr std::string_view kEpsilon =
    R"({"_class_name": "DDIMScheduler", "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear",
  "steps_offset": 1, "clip_sample": false, "set_alpha_to_one": false})";
constexpr std::string_view kVelocity =
    R"({"_class_name": "DDIMScheduler", "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear",
  "steps_offset": 1, "clip_sample": false, "set_alpha_to_one": false, "prediction_type": "v_prediction"})";

const std::vector<Architecture>& table() {
  using Text = std::string;
  static const std::vector<Architecture> architectures{
      {"sd15", {Text(kClipL)}, Text(kUnetSd15), Text(kVaeSd), Text(kEpsilon)},
      {"sd21", {Text(kClipH)}, Text(kUnetSd21), Text(kVaeSd), Text(kVelocity)},
      {"sdxl", {Text(kClipL), Text(kClipBigG)}, Text(kUnetSdxl), Text(kVaeSdxl), Text(kEpsilon)},
      {"shapes", {Text(kClipShapes)}, Text(kUnetShapes), Text(kVaeShapes), Text(kVelocity)},
  };
  return architectures;
}

}  // namespace

const Architecture& find_architecture(std::string_view name) {
  const auto& all = table();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Architecture& a) { return a.name == name; });
  if (found == all.end()) {
    fail(Code::invalid_argument, "unknown architecture '{}': it is one of {}", name,
         fmt::join(architecture_names(), ", "));
  }
  return *found;
}

ModelConfigs configs_of(const Architecture& architecture) {
  const auto config = [&](const char* part, const std::string& json) {
    return io::Config::from_text(json, architecture.name + "/" + part);
  };
  ModelConfigs configs;
  configs.class_name = architecture.text_encoders.size() > 1 ? "StableDiffusionXLPipeline"
                                                             : "StableDiffusionPipeline";
  for (std::size_t i = 0; i < architecture.text_encoders.size(); ++i) {
    configs.text_encoders.push_back(
        models::ClipConfig::from(config("text_encoder", architecture.text_encoders[i]), i > 0));
  }
  configs.unet = models::UnetConfig::from(config("unet", architecture.unet));
  configs.vae = models::VaeConfig::from(config("vae", architecture.vae));
  configs.scheduler = scheduler_of(config("scheduler", architecture.scheduler));
  configs.zeros_for_absent_negative = architecture.text_encoders.size() > 1;
  return configs;
}

std::vector<std::string> architecture_names() {
  std::vector<std::string> names;
  for (const Architecture& architecture : table()) names.emplace_back(architecture.name);
  return names;
}

}  // namespace latentrt::pipeline
