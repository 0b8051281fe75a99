/// Class-conditional models of latent-diffusion (Rombach et al. 2022): a picture of one of the
/// classes of ImageNet. A class is one vector that the network attends to.
#include <ATen/ops/full.h>

#include "components/class_embedder.hpp"
#include "components/family_table.hpp"
#include "components/latent_diffusion.hpp"
#include "components/ldm_checkpoints.hpp"
#include "components/unet_class.hpp"

namespace latentrt::pipeline {
namespace {

constexpr const char* kEmbedder = "class_embedder";
constexpr double kGuidance = 3;

void check(const std::vector<Component>& components) {
  check_latents(components);
  const Component& embedder = *find_component(components, kEmbedder);
  check_context(components, embedder.condition_channels, kEmbedder);
}

nn::NamedTensors context_of(const Model& model, std::int64_t label) {
  const at::Tensor labels = at::full({1, 1}, label, at::TensorOptions(at::kLong));
  return {{"encoder_hidden_states", run_condition(model, kEmbedder, labels)}};
}

RoleInputs conditioning(const Model& model, const ConditioningCall& call) {
  const Classes& classes = *model.classes();
  if (call.class_label) check_class_label(classes, *call.class_label);
  const std::int64_t none = none_of(classes, call.guided || !call.class_label);
  RoleInputs inputs{context_of(model, call.class_label.value_or(none)), {}};
  if (call.guided) inputs.unconditional = context_of(model, none);
  return inputs;
}

constexpr const char* kTable = "cond_stage_model.embedding.weight";
/// A table with this many rows has no null class.
constexpr std::int64_t kOnlyClasses = 1000;

/// LDM-4 and LDM-8 of ImageNet.
constexpr LdmModel kModels[] = {
    {.in_channels = 3,
     .out_channels = 3,
     .width = 192,
     .condition_rows = 1001,
     .heads = {.count = 1}},
    {.in_channels = 4, .out_channels = 4, .width = 256, .condition_rows = 1000, .sample_size = 32}};

std::string embedder_config(const StoredShapes& file) {
  const std::int64_t rows = file.extent(kTable, 0), channels = file.extent(kTable, 1);
  return class_embedder_config(rows, channels, rows != kOnlyClasses);
}

std::vector<CheckpointLayout> layouts() {
  return {{.title = "a class-conditional model of latent-diffusion",
           .components = ldm_components(kEmbedder, kLdmCondition),
           .infer =
               [](const auto& stored, const CheckpointLayout&) {
                 const StoredShapes file(stored, "");
                 return ldm_architecture(ldm_configs(file, kModels, file.extent(kTable, 0)),
                                         kUnetClass,
                                         {{kEmbedder, kClassEmbedderClass, embedder_config(file)}});
               },
           .fits =
               [](const StoredShapes& file) {
                 const auto shape = LdmShape::of(file);
                 return shape && shape->transformers && file.has(kTable);
               }}};
}

}  // namespace

void register_ldm_class(FamilyTable& table) {
  table.add({.name = "ldm_class",
             .class_names = {"LDMClassPipeline"},
             .components = with_place(
                 {.name = kEmbedder, .use = Use::condition, .classes = {class_embedder_class()}},
                 latent_diffusion_places({unet_class()})),
             .checkpoints = layouts(),
             .guidance = kGuidance,
             .guides_below_one = true,
             .subject = Subject::class_label,
             .check = check,
             .conditioning = conditioning});
}

}  // namespace latentrt::pipeline
