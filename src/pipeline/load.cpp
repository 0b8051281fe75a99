#include <array>
#include <utility>

#include "base/fail.hpp"
#include "device/translate.hpp"
#include "io/model_directory.hpp"
#include "pipeline/pipeline_state.hpp"
#include "pipeline/scheduler_options.hpp"

namespace latentrt {
namespace {

using io::ModelDirectory;

/// Tensors that checkpoints carry beside those of the model proper.
constexpr std::array<std::string_view, 4> kIgnoredTensors{"text_projection.", "logit_scale",
                                                          "vision_model.", "visual_projection."};

struct Family {
  std::string_view class_name;
  std::size_t text_encoders;
};

constexpr std::array<Family, 4> kFamilies{{{"StableDiffusionPipeline", 1},
                                           {"StableDiffusionImg2ImgPipeline", 1},
                                           {"StableDiffusionXLPipeline", 2},
                                           {"StableDiffusionXLImg2ImgPipeline", 2}}};

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

pipeline::ModelConfigs read_configs(const ModelDirectory& directory) {
  const Family& family = family_of(directory);
  pipeline::ModelConfigs configs;
  configs.class_name = directory.pipeline_class();
  for (std::size_t i = 0; i < family.text_encoders; ++i) {
    configs.text_encoders.push_back(
        text_encoder_config(directory, pipeline::numbered("text_encoder", i)));
  }
  require_class(directory, "unet", {"UNet2DConditionModel"});
  configs.unet = models::UnetConfig::from(directory.config("unet"));
  require_class(directory, "vae", {"AutoencoderKL"});
  configs.vae = models::VaeConfig::from(directory.config("vae"));
  const io::Config scheduler = directory.config("scheduler");
  configs.solver = schedule::solver_for_class(scheduler.string("_class_name", ""));
  configs.scheduler_options = pipeline::options_from_config(scheduler);
  configs.zeros_for_absent_negative =
      family.text_encoders > 1 && directory.index().boolean("force_zeros_for_empty_prompt", true);
  return configs;
}

pipeline::ModelSources sources_from(const ModelDirectory& directory,
                                    const PipelineOptions& options) {
  pipeline::ModelSources sources;
  sources.weights = [&](const std::string& component,
                        const std::vector<const nn::Program*>& programs,
                        const nn::WeightPlacement& placement) {
    const io::WeightMap stored = directory.weights(component, options.variant);
    nn::refuse_unread_weights(programs, stored, kIgnoredTensors, component);
    std::vector<std::shared_ptr<const nn::BoundWeights>> bound;
    for (const nn::Program* program : programs) {
      bound.push_back(std::make_shared<const nn::BoundWeights>(
          options.structure_only ? nn::check_weights(*program, stored, placement, component)
                                 : nn::bind_weights(*program, stored, placement, component)));
    }
    return bound;
  };
  sources.tokenize = [&](const std::string& component, const models::ClipConfig&) {
    if (!options.tokenizer.empty())
      return pipeline::tokenize_with(text::ClipTokenizer::load(options.tokenizer));
    if (!directory.has(component)) return pipeline::tokenize_not(component);
    return pipeline::tokenize_with(text::ClipTokenizer::load(directory.folder(component)));
  };
  return sources;
}

}  // namespace

Pipeline Pipeline::load(const Context& context, const std::filesystem::path& path,
                        const PipelineOptions& options) {
  const ModelDirectory directory = ModelDirectory::open(path);
  const pipeline::ModelConfigs configs = read_configs(directory);
  return translate_errors(path.string(), [&] {
    return Pipeline(
        pipeline::assemble(context, configs, sources_from(directory, options), options));
  });
}

PipelineInfo Pipeline::info() const { return state_->info; }

}  // namespace latentrt
