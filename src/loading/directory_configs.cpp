#include <algorithm>
#include <array>

#include "base/fail.hpp"
#include "loading/model_sources.hpp"

namespace latentrt::pipeline {
namespace {

using io::ModelDirectory;

struct Family {
  std::string_view class_name;
  std::size_t text_encoders;
};

constexpr std::array<Family, 6> kFamilies{{{"LatentConsistencyModelPipeline", 1},
                                           {"LatentConsistencyModelImg2ImgPipeline", 1},
                                           {"StableDiffusionPipeline", 1},
                                           {"StableDiffusionImg2ImgPipeline", 1},
                                           {"StableDiffusionXLPipeline", 2},
                                           {"StableDiffusionXLImg2ImgPipeline", 2}}};

const std::initializer_list<std::string_view> kVaes{"AutoencoderKL", "AutoencoderTiny"};

const Family& family_of(const ModelDirectory& directory) {
  for (const Family& family : kFamilies) {
    if (family.class_name == directory.pipeline_class()) return family;
  }
  std::vector<std::string_view> known;
  for (const Family& family : kFamilies) known.push_back(family.class_name);
  fail(Code::unsupported, "{}: pipeline class {} is not supported; it is one of {}",
       directory.path().string(), directory.pipeline_class(), fmt::join(known, ", "));
}

void require_class(const ModelDirectory& directory, const std::string& component,
                   std::initializer_list<std::string_view> classes) {
  if (!directory.has(component)) {
    fail(Code::not_found, "{}: component '{}' is missing", directory.path().string(), component);
  }
  const std::string& name = directory.components().at(component).class_name;
  if (std::find(classes.begin(), classes.end(), name) == classes.end()) {
    fail(Code::unsupported, "{}: component '{}' is a {}, which is not supported; it is {}",
         directory.path().string(), component, name, fmt::join(classes, " or "));
  }
}

models::ClipConfig text_encoder_config(const ModelDirectory& directory,
                                       const std::string& component) {
  require_class(directory, component, {"CLIPTextModel", "CLIPTextModelWithProjection"});
  const bool projects =
      directory.components().at(component).class_name == "CLIPTextModelWithProjection";
  return models::ClipConfig::from(directory.config(component), projects);
}

bool has_known_vae(const ModelDirectory& directory) {
  std::error_code ignored;
  const auto found = directory.components().find("vae");
  return found != directory.components().end() &&
         std::ranges::count(kVaes, found->second.class_name) > 0 &&
         std::filesystem::is_directory(directory.path() / "vae", ignored);
}

std::variant<models::VaeConfig, models::TinyVaeConfig> vae_config(const ModelDirectory& directory) {
  require_class(directory, "vae", kVaes);
  const io::Config config = directory.config("vae");
  if (directory.components().at("vae").class_name == "AutoencoderTiny")
    return models::TinyVaeConfig::from(config);
  return models::VaeConfig::from(config);
}

}  // namespace

ModelConfigs read_configs(const ModelDirectory& directory, bool needs_vae) {
  const Family& family = family_of(directory);
  ModelConfigs configs;
  configs.class_name = directory.pipeline_class();
  for (std::size_t i = 0; i < family.text_encoders; ++i) {
    configs.text_encoders.push_back(text_encoder_config(directory, numbered("text_encoder", i)));
  }
  require_class(directory, "unet", {"UNet2DConditionModel"});
  configs.unet = models::UnetConfig::from(directory.config("unet"));
  if (needs_vae || has_known_vae(directory)) configs.vae = vae_config(directory);
  configs.scheduler = scheduler_of(directory.config("scheduler"));
  configs.zeros_for_absent_negative =
      family.text_encoders > 1 && directory.index().boolean("force_zeros_for_empty_prompt", true);
  return configs;
}

}  // namespace latentrt::pipeline
