/// Semantic synthesis by latent-diffusion (Rombach et al. 2022): the class of every pixel is given.
#include <ATen/ops/one_hot.h>

#include "components/concat_input.hpp"
#include "components/family_table.hpp"
#include "components/latent_diffusion.hpp"
#include "components/ldm_checkpoints.hpp"
#include "components/spatial_rescaler.hpp"
#include "components/unet_class.hpp"

namespace latentrt::pipeline {
namespace {

constexpr const char* kRescaler = "rescaler";
constexpr int kSteps = 200;

void check(const std::vector<Component>& components) {
  check_latents(components, find_component(components, kRescaler)->condition_channels);
}

/// One channel for each class.
RoleInputs conditioning(const Model& model, const ConditioningCall& call) {
  const std::int64_t classes = model.classes()->count;
  check_class_label(*model.classes(), call.label_map.min().item<std::int64_t>());
  check_class_label(*model.classes(), call.label_map.max().item<std::int64_t>());
  const at::Tensor channels = at::one_hot(call.label_map, classes).permute({0, 3, 1, 2});
  return {{{kConcatInput, run_condition(model, kRescaler, channels)}}, {}};
}

constexpr const char* kMapper = "cond_stage_model.channel_mapper.weight";

constexpr LdmModel kModels[] = {
    {.in_channels = 6, .out_channels = 3, .width = 128, .heads = {.count = 8}, .beta_end = 0.0205}};

std::vector<CheckpointLayout> layouts() {
  return {{.title = "a model of latent-diffusion for semantic synthesis",
           .components = ldm_components(kRescaler, kLdmCondition),
           .infer =
               [](const auto& stored, const CheckpointLayout&) {
                 const StoredShapes file(stored, "");
                 return ldm_architecture(
                     ldm_configs(file, kModels), kUnconditionalUnetClass,
                     {{kRescaler, kSpatialRescalerClass,
                       spatial_rescaler_config(file.extent(kMapper, 1), file.extent(kMapper, 0))}});
               },
           .fits =
               [](const StoredShapes& file) {
                 const auto shape = LdmShape::of(file);
                 return shape && !shape->transformers && file.has(kMapper);
               }}};
}

}  // namespace

void register_ldm_semantic(FamilyTable& table) {
  table.add({.name = "ldm_semantic",
             .class_names = {"LDMSemanticPipeline"},
             .components = with_place(
                 {.name = kRescaler, .use = Use::condition, .classes = {spatial_rescaler_class()}},
                 latent_diffusion_places({unconditional_unet_class(), unet_class()})),
             .checkpoints = layouts(),
             .guidance = 1,
             .can_guide = false,
             .steps = kSteps,
             .subject = Subject::label_map,
             .check = check,
             .conditioning = conditioning});
}

}  // namespace latentrt::pipeline
