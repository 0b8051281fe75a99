/// Checkpoints of latent-diffusion in one file: the models recognised by their shapes. The files
/// have only names and shapes; values are not read.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "components/family_table.hpp"
#include "components/latent_diffusion.hpp"
#include "loading/load.hpp"
#include "support/expect_error.hpp"
#include "support/temp_dir.hpp"

namespace latentrt::pipeline {
namespace {

using testing::TempDir;
using Shapes = std::map<std::string, std::vector<std::int64_t>>;

/// A safetensors file whose tensors are all zeros, in a sparse file.
void write_shapes(const std::filesystem::path& path, const Shapes& shapes) {
  nlohmann::ordered_json header;
  std::uint64_t end = 0;
  for (const auto& [name, shape] : shapes) {
    std::uint64_t bytes = 2;
    for (const std::int64_t extent : shape) bytes *= static_cast<std::uint64_t>(extent);
    header[name] = {{"dtype", "F16"}, {"shape", shape}, {"data_offsets", {end, end + bytes}}};
    end += bytes;
  }
  const std::string text = header.dump();
  const std::uint64_t length = text.size();
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(&length), sizeof length);
  file << text;
  file.close();
  std::filesystem::resize_file(path, sizeof length + length + end);
}

/// Tensors of a component, with the training code's names.
void add(Shapes& shapes, const std::string& family, const std::string& component,
         const char* class_name, const char* config, const std::string& prefix) {
  const FamilyTable table = all_families();
  for (const FamilyPtr& each : table.families()) {
    if (each->name != family) continue;
    for (const ComponentPlace& place : each->components) {
      if (place.name != component) continue;
      const Component read = read_component(place, *find_class(place, class_name),
                                            io::Config::from_text(config, component));
      for (const nn::Program& program : read.build()) {
        for (const nn::WeightSpec& spec : nn::stored_tensors(program.weights())) {
          io::StoredName stored{.name = spec.name};
          if (read.training_name) stored.name = read.training_name(spec.name);
          if (read.training_tensor) stored = read.training_tensor(spec.name);
          std::vector<std::int64_t> shape = spec.shape;
          shape[0] *= stored.parts;
          shapes[prefix + stored.name] = shape;
        }
      }
    }
  }
}

constexpr const char* kVq4 = R"({"block_out_channels": [128, 256, 512], "layers_per_block": 2,
    "down_block_types": ["DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D"],
    "up_block_types": ["UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D"],
    "num_vq_embeddings": 8192})";
constexpr const char* kKl8 = R"({"block_out_channels": [128, 256, 512, 512], "layers_per_block": 2,
    "down_block_types": ["DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D"],
    "up_block_types": ["UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D"]})";
constexpr const char* kClassUnet = R"({"in_channels": 3, "out_channels": 3, "attention_head_dim": 1,
    "block_out_channels": [192, 384, 576, 960], "cross_attention_dim": 512,
    "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
    "up_block_types": ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"]})";
constexpr const char* kChurches = R"({"in_channels": 4, "out_channels": 4, "num_attention_heads": 8,
    "block_out_channels": [192, 384, 384, 768, 768], "resnet_time_scale_shift": "scale_shift",
    "down_block_types": ["AttnDownBlock2D", "AttnDownBlock2D", "AttnDownBlock2D", "AttnDownBlock2D", "DownBlock2D"],
    "up_block_types": ["ResnetUpsampleBlock2D", "AttnUpBlock2D", "AttnUpBlock2D", "AttnUpBlock2D", "AttnUpBlock2D"],
    "downsample_type": "resnet", "upsample_type": "resnet", "attn_norm_num_groups": 32})";
constexpr const char* kSuperResolution = R"({"in_channels": 6, "attention_head_dim": 32,
    "block_out_channels": [160, 320, 320, 640],
    "down_block_types": ["DownBlock2D", "DownBlock2D", "DownBlock2D", "AttnDownBlock2D"],
    "up_block_types": ["AttnUpBlock2D", "UpBlock2D", "UpBlock2D", "UpBlock2D"]})";

constexpr const char* kKl16 =
    R"({"block_out_channels": [128, 128, 256, 256, 512], "layers_per_block": 2,
    "down_block_types": ["DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D",
      "AttnDownEncoderBlock2D"],
    "up_block_types": ["AttnUpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D",
      "UpDecoderBlock2D"], "latent_channels": 16})";
constexpr const char* kRetrievalUnet = R"({"in_channels": 16, "out_channels": 16,
    "attention_head_dim": [14, 28, 42, 56], "block_out_channels": [448, 896, 1344, 1792], "cross_attention_dim": 768,
    "down_block_types": ["CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"],
    "up_block_types": ["UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"]})";

class LdmCheckpoint : public ::testing::Test {
 protected:
  PipelineInfo info(const Shapes& shapes) {
    write_shapes(folder_ / "model.safetensors", shapes);
    return load(all_families(), Context::create(), folder_ / "model.safetensors",
                {.structure_only = true})
        ->info;
  }
  static std::uint64_t unet_parameters(const PipelineInfo& info) {
    for (const ComponentInfo& each : info.components)
      if (each.name == "unet") return each.parameters;
    return 0;
  }

  TempDir folder_;
};

Shapes class_model() {
  Shapes shapes;
  add(shapes, "ldm_class", "unet", "UNet2DConditionModel", kClassUnet, "model.diffusion_model.");
  add(shapes, "ldm_class", "vqvae", "VQModel", kVq4, "first_stage_model.");
  shapes["cond_stage_model.embedding.weight"] = {1001, 512};
  return shapes;
}

TEST_F(LdmCheckpoint, OfClasses) {
  const PipelineInfo read = info(class_model());
  EXPECT_EQ(read.class_name, "LDMClassPipeline");
  EXPECT_EQ(unet_parameters(read), 400'920'579u);
  EXPECT_EQ(read.classes, 1000);
  EXPECT_EQ(read.default_width, 256);
}

TEST_F(LdmCheckpoint, OfChurches) {
  Shapes shapes;
  add(shapes, "ldm_uncond", "unet", "UNet2DModel", kChurches, "model.diffusion_model.");
  add(shapes, "ldm_uncond", "vqvae", "AutoencoderKL", kKl8, "first_stage_model.");
  const PipelineInfo read = info(shapes);
  EXPECT_EQ(read.class_name, "LDMPipeline");
  EXPECT_EQ(unet_parameters(read), 294'966'916u);
  EXPECT_EQ(read.default_width, 256);
}

TEST_F(LdmCheckpoint, OfSuperResolution) {
  Shapes shapes;
  add(shapes, "ldm_super_resolution", "unet", "UNet2DModel", kSuperResolution,
      "model.diffusion_model.");
  add(shapes, "ldm_super_resolution", "vqvae", "VQModel", kVq4, "first_stage_model.");
  const PipelineInfo read = info(shapes);
  EXPECT_EQ(read.class_name, "LDMSuperResolutionPipeline");
  EXPECT_EQ(unet_parameters(read), 113'622'563u);
}

Shapes retrieval_model(const char* unet, const char* autoencoder) {
  Shapes shapes;
  add(shapes, "ldm_retrieval", "unet", "UNet2DConditionModel", unet, "model.diffusion_model.");
  add(shapes, "ldm_retrieval", "vqvae", "AutoencoderKL", autoencoder, "first_stage_model.");
  return shapes;
}

TEST_F(LdmCheckpoint, OfRetrieval) {
  const PipelineInfo read = info(retrieval_model(kRetrievalUnet, kKl16));
  EXPECT_EQ(read.class_name, "LDMRetrievalPipeline");
  EXPECT_EQ(unet_parameters(read), 1'335'480'400u);
  EXPECT_EQ(read.components.size(), 2u);
  EXPECT_EQ(read.pixels_per_latent, 16);
  EXPECT_EQ(read.default_width, 768);
  EXPECT_EQ(read.default_guidance, 5);
  EXPECT_EQ(read.default_steps, 50);
}

/// CLIP's text encoder is not part of such a file.
TEST_F(LdmCheckpoint, OfRetrievalReadsPromptsByAnEncoderNextToIt) {
  const auto described = std::filesystem::path(LATENTRT_SOURCE_DIR) /
                         "tests/golden/latent_diffusion_scripts/retrieval";
  const auto config = [&](const char* component) {
    return testing::content_of(described / component / "config.json");
  };
  write_shapes(folder_ / "model.safetensors",
               retrieval_model(config("unet").c_str(), config("vae").c_str()));
  const auto check = [&](const PipelineOptions& options, const Request& request) {
    Sampler(Pipeline::load(Context::create(), folder_ / "model.safetensors", options), {.steps = 2})
        .check(request);
  };
  PipelineOptions options{.config = described, .structure_only = true};
  check(options, {.prompt = "a circle"});
  write_shapes(folder_ / "model.safetensors", retrieval_model(kRetrievalUnet, kKl16));
  options.config.clear();
  EXPECT_ERROR(Code::invalid_argument, "the model's file holds no text encoder",
               (check(options, {.prompt = "a circle"}), 0));
  const HostTensor row{{1, 1, 768}, std::vector(768, 1.0F)};
  check(options, {.prompt = "", .embeddings = Embeddings{row, row, {}, {}}});
}

TEST_F(LdmCheckpoint, OfNoPublishedModelIsRefused) {
  Shapes shapes = class_model();
  shapes["cond_stage_model.embedding.weight"] = {77, 512};
  EXPECT_ERROR(Code::unsupported, "is none of the published ones (3/3, 192; 4/4, 256)",
               info(shapes));
}

}  // namespace
}  // namespace latentrt::pipeline
