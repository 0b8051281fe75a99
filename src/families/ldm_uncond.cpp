/// Unconditional models of latent-diffusion (Rombach et al. 2022): samples of the distribution that
/// the model was trained on.
#include "components/family_table.hpp"
#include "components/latent_diffusion.hpp"
#include "components/ldm_checkpoints.hpp"
#include "components/unet_class.hpp"

namespace latentrt::pipeline {
namespace {

RoleInputs conditioning(const Model&, const ConditioningCall&) { return {}; }

/// The models of faces and bedrooms, and of churches.
constexpr LdmModel kModels[] = {{.in_channels = 3, .out_channels = 3, .width = 224},
                                {.in_channels = 4,
                                 .out_channels = 4,
                                 .width = 192,
                                 .heads = {.count = 8},
                                 .beta_end = 0.0155,
                                 .sample_size = 32}};

std::vector<CheckpointLayout> layouts() {
  return {{.title = "an unconditional model of latent-diffusion",
           .components = ldm_components(),
           .infer = infer_plain_ldm<kModels>,
           .fits = [](const StoredShapes& file) {
             const auto shape = LdmShape::of(file);
             return shape && !shape->transformers && shape->in_channels == shape->out_channels;
           }}};
}

}  // namespace

void register_ldm_uncond(FamilyTable& table) {
  table.add({.name = "ldm_uncond",
             .class_names = {"LDMPipeline"},
             .components = latent_diffusion_places({unconditional_unet_class()}),
             .checkpoints = layouts(),
             .guidance = 1,
             .subject = Subject::nothing,
             .check = [](const std::vector<Component>& all) { check_latents(all); },
             .conditioning = conditioning});
}

}  // namespace latentrt::pipeline
