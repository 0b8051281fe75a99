/// The configuration of a checkpoint in one file, inferred from the shapes of its tensors:
/// full-size models in files with names and shapes, but sparse data.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <latentrt/pipeline.hpp>
#include <map>

#include "io/names/stored_name.hpp"
#include "loading/architectures.hpp"
#include "loading/checkpoint.hpp"
#include "models/unet/unet_config.hpp"
#include "support/expect_error.hpp"
#include "support/temp_dir.hpp"

namespace latentrt::pipeline {
namespace {

using testing::TempDir;
using Shapes = std::map<std::string, std::vector<std::int64_t>>;

void add(Shapes& shapes, const nn::Program& program, std::string_view prefix,
         const auto& stored_name) {
  for (const nn::WeightSpec& spec : nn::stored_tensors(program.weights())) {
    const io::StoredName stored = stored_name(spec.name);
    auto shape = spec.shape;
    shape[0] *= stored.parts;
    if (stored.transposed) std::reverse(shape.begin(), shape.end());
    shapes[std::string(prefix) + stored.name] = shape;
  }
}

void add_component(Shapes& shapes, const ModelConfigs& configs, std::string_view name,
                   std::string_view prefix, const auto& stored_name) {
  for (const nn::Program& program : find_component(configs.components, name)->build())
    add(shapes, program, prefix, stored_name);
}

Shapes shapes_of(const std::string& architecture) {
  const ModelConfigs configs = published_configs(all_families(), architecture);
  const auto plain = [](const std::string& name) { return io::StoredName{name}; };
  const auto of_training = [&](std::string_view component) {
    return [name = find_component(configs.components, component)->training_name](
               std::string_view canonical) { return io::StoredName{name(canonical)}; };
  };
  Shapes shapes;
  const auto add_text = [&](std::string_view name, std::string_view prefix,
                            const auto& stored_name) {
    add_component(shapes, configs, name, prefix, stored_name);
  };
  add_component(shapes, configs, "unet", "model.diffusion_model.", of_training("unet"));
  add_component(shapes, configs, "vae", "first_stage_model.", of_training("vae"));
  if (architecture == "sd15")
    add_text("text_encoder", "cond_stage_model.transformer.text_model.", plain);
  if (architecture == "sd21")
    add_text("text_encoder", "cond_stage_model.model.", io::open_clip_name);
  if (architecture == "sdxl") {
    add_text("text_encoder", "conditioner.embedders.0.transformer.text_model.", plain);
    add_text("text_encoder_2", "conditioner.embedders.1.model.", io::open_clip_name);
  }
  return shapes;
}

std::filesystem::path sparse_file(const TempDir& folder, const Shapes& shapes) {
  std::string header = "{";
  std::uint64_t offset = 0;
  for (const auto& [name, shape] : shapes) {
    std::uint64_t bytes = 2;
    for (const std::int64_t extent : shape) bytes *= static_cast<std::uint64_t>(extent);
    header +=
        fmt::format(R"({}"{}":{{"dtype":"F16","shape":[{}],"data_offsets":[{},{}]}})",
                    offset == 0 ? "" : ",", name, fmt::join(shape, ","), offset, offset + bytes);
    offset += bytes;
  }
  header += "}";
  header.resize((header.size() + 7) / 8 * 8, ' ');
  const std::uint64_t length = header.size();
  const auto file =
      folder.write("model.safetensors",
                   std::string(reinterpret_cast<const char*>(&length), sizeof length) + header);
  std::filesystem::resize_file(file, sizeof length + length + offset);
  return file;
}

PipelineInfo info_of(const std::filesystem::path& file) {
  PipelineOptions options;
  options.structure_only = true;
  return Pipeline::load(Context::create(), file, options).info();
}

class InferArchitecture : public ::testing::TestWithParam<const char*> {};

TEST_P(InferArchitecture, EqualsThePublishedConfiguration) {
  const TempDir folder;
  const PipelineInfo info = info_of(sparse_file(folder, shapes_of(GetParam())));
  PipelineOptions options;
  options.structure_only = true;
  const PipelineInfo published =
      Pipeline::synthetic(Context::create(), GetParam(), 1, options).info();
  EXPECT_EQ(info.class_name, published.class_name);
  EXPECT_EQ(info.prediction_type, published.prediction_type);
  EXPECT_EQ(info.default_width, published.default_width);
  ASSERT_EQ(info.components.size(), published.components.size());
  for (std::size_t i = 0; i < info.components.size(); ++i)
    EXPECT_EQ(info.components[i].parameters, published.components[i].parameters)
        << info.components[i].name;
}

INSTANTIATE_TEST_SUITE_P(Published, InferArchitecture, ::testing::Values("sd15", "sd21", "sdxl"),
                         [](const auto& name) { return std::string(name.param); });

/// Head counts do not follow from shapes; these are the published ones.
TEST(InferArchitecture, KnowsTheHeadsOfItsFamilies) {
  const TempDir folder;
  const auto heads = [&](const char* name) {
    const auto file = sparse_file(folder, shapes_of(name));
    const auto checkpoint = Checkpoint::open(all_families(), file);
    const ModelConfigs configs = configs_of(checkpoint.family(), checkpoint.architecture());
    std::vector<int> list;
    std::int64_t text_heads = 0;
    for (const Component& component : configs.components) {
      if (component.text) text_heads = component.text->heads;
      if (!component.denoiser) continue;
      for (const auto& level : models::UnetConfig::from(*component.config).levels)
        list.push_back(level.heads);
    }
    list.push_back(static_cast<int>(text_heads));
    return list;
  };
  EXPECT_EQ(heads("sd15"), (std::vector<int>{8, 8, 8, 8, 12}));
  EXPECT_EQ(heads("sd21"), (std::vector<int>{5, 10, 20, 20, 16}));
  EXPECT_EQ(heads("sdxl"), (std::vector<int>{5, 10, 20, 20}));
}

TEST(InferArchitecture, ReadsVelocityFromTheMarker) {
  const TempDir folder;
  Shapes shapes = shapes_of("sdxl");
  EXPECT_EQ(info_of(sparse_file(folder, shapes)).prediction_type, "epsilon");
  shapes["v_pred"] = {1};
  EXPECT_EQ(info_of(sparse_file(folder, shapes)).prediction_type, "v_prediction");
}

/// Networks that were trained on samples of another scale (Playground 2.5, CosXL).
TEST(InferArchitecture, KnowsModelsThatNoSchedulerFits) {
  for (const char* marker : {"edm_mean", "edm_vpred.sigma_max"}) {
    const TempDir folder;
    Shapes shapes = shapes_of("sdxl");
    shapes[marker] = {1};
    const PipelineInfo info = info_of(sparse_file(folder, shapes));
    EXPECT_EQ(info.scheduler, "") << marker;
    EXPECT_NE(info.scheduler_refusal.find("no other scheduler fits"), std::string::npos) << marker;
  }
}

TEST(Checkpoint, NamesWhatIsMissing) {
  const TempDir folder;
  const auto without = [&](const char* architecture, const std::string& prefix) {
    Shapes shapes = shapes_of(architecture);
    std::erase_if(shapes, [&](const auto& entry) { return entry.first.starts_with(prefix); });
    return info_of(sparse_file(folder, shapes));
  };
  EXPECT_ERROR(Code::unsupported, "'model.diffusion_model.'", without("sd15", "model."));
  EXPECT_ERROR(Code::unsupported, "'first_stage_model.'", without("sd15", "first_stage_model."));
  EXPECT_ERROR(Code::unsupported, "no text encoder", without("sd15", "cond_stage_model."));
  EXPECT_ERROR(Code::unsupported, "refiner", [&] {
    Shapes shapes = shapes_of("sd21");
    Shapes refiner;
    for (auto& [name, shape] : shapes) {
      const bool text = name.starts_with("cond_stage_model.");
      refiner[text ? "conditioner.embedders.0" + name.substr(16) : name] = shape;
    }
    return info_of(sparse_file(folder, refiner));
  }());
  EXPECT_ERROR(Code::bad_file, "out.2.weight",
               without("sd15", "model.diffusion_model.out.2.weight"));
  EXPECT_ERROR(Code::invalid_argument, "mid_block.resnets.0.conv1.bias",
               without("sd15", "model.diffusion_model.middle_block.0.in_layers.2.bias"));
}

TEST(Checkpoint, NamesOddShapes) {
  const TempDir folder;
  Shapes shapes = shapes_of("sd21");
  shapes["cond_stage_model.model.transformer.resblocks.3.attn.in_proj_bias"] = {3073};
  EXPECT_ERROR(Code::bad_file, "3 equal parts", info_of(sparse_file(folder, shapes)));
  shapes = shapes_of("sd15");
  shapes["model.diffusion_model.input_blocks.0.0.weight"] = {};
  EXPECT_ERROR(Code::bad_file, "no configuration follows", info_of(sparse_file(folder, shapes)));
}

TEST(Checkpoint, RefusesTensorsThatNothingReads) {
  const TempDir folder;
  Shapes shapes = shapes_of("sd15");
  shapes["model.diffusion_model.surprise.weight"] = {1};
  EXPECT_ERROR(Code::invalid_argument, "surprise.weight", info_of(sparse_file(folder, shapes)));
}

/// Tensors that published files contain in addition to the networks.
TEST(Checkpoint, PassesOverWhatTrainingLeft) {
  const TempDir folder;
  Shapes shapes = shapes_of("sd15");
  shapes["alphas_cumprod"] = {1000};
  shapes["model_ema.decay"] = {1};
  shapes["cond_stage_model.transformer.text_model.embeddings.position_ids"] = {1, 77};
  EXPECT_NO_THROW(info_of(sparse_file(folder, shapes)));
}

/// SD2 reads the second last layer, so the last one of the whole tower is not used.
TEST(Checkpoint, LeavesOutTheLastLayerOfAWholeTower) {
  const TempDir folder;
  Shapes shapes = shapes_of("sd21");
  const std::string stem = "cond_stage_model.model.", last = stem + "transformer.resblocks.22.";
  Shapes more;
  for (const auto& [name, shape] : shapes) {
    if (name.starts_with(last))
      more[stem + "transformer.resblocks.23." + name.substr(last.size())] = shape;
  }
  shapes.merge(more);
  shapes[stem + "text_projection"] = {1024, 1024};
  shapes[stem + "logit_scale"] = {};
  const PipelineInfo info = info_of(sparse_file(folder, shapes));
  EXPECT_EQ(info.components[0].parameters, 340387840u);
}

}  // namespace
}  // namespace latentrt::pipeline
