#include "io/model_directory.hpp"

#include <gmock/gmock.h>

#include <string>

#include "safetensors_bytes.hpp"
#include "support/expect_error.hpp"
#include "support/temp_dir.hpp"

namespace latentrt::io {
namespace {

using ::testing::ElementsAre;
using testing::file_of;
using ::testing::Key;
using testing::TempDir;

constexpr const char* kIndex = R"({
  "_class_name": "StableDiffusionPipeline", "_diffusers_version": "0.1",
  "force_zeros_for_empty_prompt": false,
  "feature_extractor": [null, null], "safety_checker": null,
  "scheduler": ["diffusers", "DDIMScheduler"], "text_encoder": ["transformers", "CLIPTextModel"],
  "unet": ["diffusers", "UNet2DConditionModel"], "vae": ["diffusers", "AutoencoderKL"]})";

/// A model whose weights have one value each.
class Model : public TempDir {
 public:
  Model() {
    write("model_index.json", kIndex);
    write("scheduler/scheduler_config.json", R"({"num_train_timesteps":1000})");
    write("text_encoder/config.json", R"({"hidden_size":768})");
    write("text_encoder/model.safetensors",
          file_of("text_model.a", "text_model.embeddings.position_ids"));
    write("unet/config.json", R"({"in_channels":4})");
    write("unet/diffusion_pytorch_model.fp16.safetensors",
          file_of("mid_block.attentions.0.query.weight"));
  }

  ModelDirectory open() const { return ModelDirectory::open(path()); }
};

TEST(ModelDirectory, ListsComponentsAndSettings) {
  const Model model;
  const ModelDirectory directory = model.open();
  EXPECT_EQ(directory.path(), model.path());
  EXPECT_EQ(directory.pipeline_class(), "StableDiffusionPipeline");
  EXPECT_THAT(directory.components(),
              ElementsAre(Key("scheduler"), Key("text_encoder"), Key("unet"), Key("vae")));
  EXPECT_EQ(directory.components().at("unet").library, "diffusers");
  EXPECT_EQ(directory.components().at("unet").class_name, "UNet2DConditionModel");
  EXPECT_FALSE(directory.index().boolean("force_zeros_for_empty_prompt", true));
  EXPECT_TRUE(directory.has("unet"));
  EXPECT_FALSE(directory.has("feature_extractor"));
  EXPECT_FALSE(directory.has("safety_checker"));
}

TEST(ModelDirectory, FindsConfigurations) {
  const Model model;
  const ModelDirectory directory = model.open();
  EXPECT_EQ(directory.config("unet").integer("in_channels", 0, 0, 9), 4);
  EXPECT_EQ(directory.config("scheduler").integer("num_train_timesteps", 0, 0, 9999), 1000);
  EXPECT_EQ(directory.config("unet").name(), (model / "unet/config.json").string());
}

TEST(ModelDirectory, FindsWeightsUnderCanonicalNames) {
  const Model model;
  const ModelDirectory directory = model.open();
  EXPECT_THAT(directory.weights("text_encoder", "").tensors(), ElementsAre(Key("a")));
  EXPECT_THAT(directory.weights("unet", "").tensors(),
              ElementsAre(Key("mid_block.attentions.0.to_q.weight")));
  EXPECT_THAT(directory.weights("unet", "fp16").tensors(),
              ElementsAre(Key("mid_block.attentions.0.to_q.weight")));
  EXPECT_ERROR(Code::not_found, "existing variants: fp16", directory.weights("unet", "bf16"));
}

TEST(ModelDirectory, MissingPartsAreNamed) {
  const Model model;
  const ModelDirectory directory = model.open();
  EXPECT_ERROR(Code::not_found, "model_index.json: component \"image_encoder\" is missing",
               directory.folder("image_encoder"));
  EXPECT_ERROR(Code::not_found, "component \"../unet\" is missing", directory.folder("../unet"));
  EXPECT_ERROR(Code::not_found, "vae: no such folder", directory.config("vae"));
  std::filesystem::create_directory(model / "vae");
  EXPECT_ERROR(Code::not_found, "vae/config.json", directory.config("vae"));
  EXPECT_ERROR(Code::not_found, "neither diffusion_pytorch_model.safetensors",
               directory.weights("vae", ""));
  model.write("vae/diffusion_pytorch_model.bin", "");
  EXPECT_ERROR(Code::bad_file, "vae/diffusion_pytorch_model.bin: this file is empty",
               directory.weights("vae", ""));
  EXPECT_ERROR(Code::unsafe_file, "vae/diffusion_pytorch_model.bin: the weights are a pickle",
               ModelDirectory::open(directory.path(), Pickles::refused).weights("vae", ""));
}

TEST(ModelDirectory, IsAFolderWithAnIndex) {
  const TempDir dir;
  EXPECT_ERROR(Code::not_found, "none: no such model directory",
               ModelDirectory::open(dir / "none"));
  EXPECT_ERROR(Code::not_found, "no model_index.json", ModelDirectory::open(dir.path()));
}

TEST(ModelDirectory, ACheckpointInOneFileGetsAdvice) {
  const TempDir dir;
  EXPECT_ERROR(Code::unsafe_file, "can run code",
               ModelDirectory::open(dir.write("m.ckpt", "PK\x03\x04")));
  EXPECT_ERROR(Code::unsupported, "m.safetensors: not a directory",
               ModelDirectory::open(dir.write("m.safetensors", file_of("a"))));
  EXPECT_ERROR(Code::bad_file, "/dev/null: not a regular file", ModelDirectory::open("/dev/null"));
}

class HostileIndex : public ::testing::TestWithParam<const char*> {};

TEST_P(HostileIndex, HasComponentsWithPlainNamesOnly) {
  const TempDir dir;
  dir.write("model_index.json", R"({"_class_name":"P",")" + std::string(GetParam()) +
                                    R"(":["diffusers","AutoencoderKL"]})");
  EXPECT_ERROR(Code::bad_file, "is not a plain name", ModelDirectory::open(dir.path()));
}

INSTANTIATE_TEST_SUITE_P(Names, HostileIndex,
                         ::testing::Values("../vae", "/etc", "a/b", "..", ".", "", "vae\\u0000",
                                           "\\u001b[2J", "a b", "v\\u00e4e"));

TEST(ModelDirectory, TheIndexIsWellFormed) {
  const TempDir dir;
  const auto open = [&](std::string_view text) {
    dir.write("model_index.json", text);
    return ModelDirectory::open(dir.path());
  };
  EXPECT_ERROR(Code::bad_file, "model_index.json is not a JSON object", open("[]"));
  EXPECT_ERROR(Code::bad_file, "_class_name is missing", open("{}"));
  EXPECT_ERROR(Code::invalid_argument, "_class_name is 1, expected a string",
               open(R"({"_class_name":1})"));
  EXPECT_ERROR(Code::bad_file, "not valid JSON", open("{\"_class_name\":"));
  EXPECT_ERROR(Code::invalid_argument, "control characters",
               open(R"({"_class_name":"P","vae":["a\u0007","b"]})"));
}

/// A field must not cost a search over all of them.
TEST(ModelDirectory, ManyFieldsTakeLinearTime) {
  const TempDir dir;
  std::string text = R"({"_class_name":"P")";
  for (int i = 0; i < 50'000; ++i) text += ",\"" + std::to_string(i) + "\":0";
  dir.write("model_index.json", text + "}");
  EXPECT_TRUE(ModelDirectory::open(dir.path()).components().empty());
}

/// Written by the reference implementations, so it checks that the layout is understood in the same
/// way.
TEST(ModelDirectory, TheShippedModelOpens) {
  const ModelDirectory directory = ModelDirectory::open(LATENTRT_SOURCE_DIR "/models/shapes");
  EXPECT_EQ(directory.pipeline_class(), "StableDiffusionPipeline");
  for (const char* component : {"text_encoder", "unet", "vae"}) {
    EXPECT_FALSE(directory.weights(component, "").tensors().empty()) << component;
    EXPECT_FALSE(directory.config(component).keys().empty()) << component;
  }
  EXPECT_NE(directory.weights("unet", "").find("conv_in.weight"), nullptr);
  EXPECT_NE(directory.weights("text_encoder", "").find("final_layer_norm.weight"), nullptr);
}

/// Published folders have variants of some of their components.
TEST(ModelDirectory, MixesAVariantWithPlainFiles) {
  const Model model;
  const ModelDirectory directory = model.open();
  EXPECT_TRUE(directory.has_variant("fp16"));
  EXPECT_EQ(directory.weights("unet", "fp16").path().filename(),
            "diffusion_pytorch_model.fp16.safetensors");
  EXPECT_EQ(directory.weights("text_encoder", "fp16").path().filename(), "model.safetensors");
}

TEST(ModelDirectory, AVariantThatNoPartHasIsNotFound) {
  const Model model;
  const ModelDirectory directory = model.open();
  EXPECT_FALSE(directory.has_variant("bf16"));
  EXPECT_ERROR(Code::not_found, "model.bf16.safetensors",
               directory.weights("text_encoder", "bf16"));
  EXPECT_ERROR(Code::not_found, "existing variants: fp16", directory.weights("unet", "bf16"));
}

}  // namespace
}  // namespace latentrt::io
