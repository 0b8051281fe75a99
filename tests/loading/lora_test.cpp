/// LoRA at run time: added to a copy, equal to merging at load time, and refused if it does not
/// fit.
#include <gtest/gtest.h>

#include <latentrt/sampler.hpp>
#include <latentrt/tensor.hpp>
#include <limits>

#include "support/expect_error.hpp"
#include "support/temp_dir.hpp"

namespace latentrt {
namespace {

using testing::TempDir;

const std::filesystem::path kGolden = std::filesystem::path(LATENTRT_SOURCE_DIR) / "tests/golden";
const std::filesystem::path kModel = kGolden / "pipelines/sd1";
const std::filesystem::path kKohya = kGolden / "checkpoints/lora_kohya_sd1.safetensors";
const std::filesystem::path kPeft = kGolden / "checkpoints/lora_peft_sd1.safetensors";

Pipeline load(const std::vector<Lora>& loras = {}) {
  PipelineOptions options;
  options.loras = loras;
  return Pipeline::load(Context::create(), kModel, options);
}

std::vector<float> latents(const Pipeline& pipeline) {
  Request request;
  request.prompt = "a circle";
  request.width = request.height = 32;
  return Sampler(pipeline, {.steps = 3}).run(request).latents.data;
}

TEST(Lora, AtRunTimeEqualsMergingAtLoad) {
  const std::vector<Lora> both{{kKohya, 0.5}, {kPeft, -0.4}};
  const Pipeline base = load();
  const std::vector<float> merged = latents(load(both));
  EXPECT_EQ(latents(base.with_loras(both)), merged);
  EXPECT_NE(latents(base), merged);
}

TEST(Lora, LeavesTheBaseAsItWas) {
  const Pipeline base = load();
  const std::vector<float> before = latents(base);
  EXPECT_NE(latents(base.with_loras({{kKohya}})), before);
  EXPECT_EQ(latents(base), before);
  EXPECT_EQ(latents(base.with_loras({{kKohya, 0}})), before);
}

TEST(Lora, ThatTheModelHasNoPlaceForIsRefused) {
  const TempDir folder;
  const auto file = folder / "a.safetensors";
  const HostTensor one{{1, 1}, {0.1F}};
  for (const std::string module : {"unet.conv_inn", "vae.conv_in", "text_encoder_2.conv_in"}) {
    write_tensors(file, {{module + ".lora_A.weight", one}, {module + ".lora_B.weight", one}});
    EXPECT_ERROR(Code::invalid_argument, "the model has no place for 1 of 1 modules",
                 load({{file}}));
    EXPECT_ERROR(Code::invalid_argument, "has no place for", load().with_loras({{file}}));
  }
}

/// Modules that fit are used, and the others are listed.
TEST(Lora, ThatTheModelHasSomePlaceForWarns) {
  const TempDir folder;
  const auto file = folder / "a.safetensors";
  TensorMap tensors{{"unet.conv_in.lora_A.weight", {{1, 36}, std::vector<float>(36, 0.1F)}},
                    {"unet.conv_in.lora_B.weight", {{8, 1}, std::vector<float>(8, 0.1F)}}};
  write_tensors(file, tensors);
  const std::vector<float> right = latents(load().with_loras({{file}}));
  tensors["unet.conv_inn.diff"] = tensors["unknown.oft_blocks"] = {{1}, {1}};
  write_tensors(file, tensors);
  const Pipeline changed = load().with_loras({{file}});
  EXPECT_EQ(latents(changed), right);
  ASSERT_EQ(changed.info().warnings.size(), 1u);
  EXPECT_NE(
      changed.info().warnings[0].find(
          "no place for 2 of 3 modules and tensors: \"unet_conv_inn\", \"unknown.oft_blocks\""),
      std::string::npos)
      << changed.info().warnings[0];
  EXPECT_EQ(load({{file}}).info().warnings, changed.info().warnings);
  EXPECT_TRUE(load().info().warnings.empty());
}

TEST(Lora, OfAnotherRankThanItsSettingsIsRefused) {
  const TempDir folder;
  const auto file = folder / "adapter_model.safetensors";
  write_tensors(
      file, {{"base_model.model.conv_in.lora_A.weight", {{1, 36}, std::vector<float>(36, 0.1F)}},
             {"base_model.model.conv_in.lora_B.weight", {{8, 1}, std::vector<float>(8, 0.1F)}}});
  folder.write("adapter_config.json", R"({"r": 4, "lora_alpha": 2})");
  EXPECT_ERROR(Code::invalid_argument, "conv_in.lora_A.weight\" has rank 1",
               load({{folder.path()}}));
  folder.write("adapter_config.json", R"({"r": 1, "lora_alpha": 2})");
  EXPECT_NO_THROW(load({{folder.path()}}));
}

TEST(Lora, OfAWrongShapeIsRefused) {
  const TempDir folder;
  const auto file = folder / "a.safetensors";
  const auto with = [&](std::vector<std::int64_t> down, std::vector<std::int64_t> up) {
    const auto tensor = [](const std::vector<std::int64_t>& shape) {
      std::size_t count = 1;
      for (const std::int64_t extent : shape) count *= static_cast<std::size_t>(extent);
      return HostTensor{shape, std::vector<float>(count, 0.1F)};
    };
    write_tensors(file, {{"unet.conv_in.lora_A.weight", tensor(down)},
                         {"unet.conv_in.lora_B.weight", tensor(up)}});
    return load({{file}});
  };
  EXPECT_NO_THROW(with({2, 4, 3, 3}, {8, 2, 1, 1}));
  EXPECT_ERROR(Code::invalid_argument, "\"conv_in.weight\" [8,4,3,3]",
               with({2, 5, 3, 3}, {8, 2, 1, 1}));
  EXPECT_ERROR(Code::invalid_argument, "do not fit", with({2, 4, 3, 3}, {8, 3, 1, 1}));
  EXPECT_ERROR(Code::invalid_argument, "do not fit", with({2, 4, 3, 3}, {9, 2, 1, 1}));
  EXPECT_ERROR(Code::invalid_argument, "do not fit", with({0, 36}, {8, 0}));
}

TEST(Lora, ScaleIsANumberInRange) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_ERROR(Code::invalid_argument, "LoRA scale", load({{kKohya, nan}}));
  EXPECT_ERROR(Code::invalid_argument, "LoRA scale", load({{kKohya, 1e6}}));
}

}  // namespace
}  // namespace latentrt
