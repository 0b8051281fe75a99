/// Super-resolution by latent-diffusion (Rombach et al. 2022): the small picture has the size of
/// the latents, and the network reads it next to them. If a solver scales the network's input, only
/// the latents are scaled, because the network was trained with the unscaled picture; diffusers'
/// pipeline scales both, so its results with such solvers differ.
#include "components/concat_input.hpp"
#include "components/family_table.hpp"
#include "components/latent_diffusion.hpp"
#include "components/ldm_checkpoints.hpp"
#include "components/unet_class.hpp"

namespace latentrt::pipeline {
namespace {

constexpr std::int64_t kColours = 3;
constexpr int kSteps = 100;

RoleInputs conditioning(const Model&, const ConditioningCall& call) {
  return {{{kConcatInput, call.picture}}, {}};
}

constexpr LdmModel kModels[] = {
    {.in_channels = 6, .out_channels = 3, .width = 160, .beta_end = 0.0155}};

std::vector<CheckpointLayout> layouts() {
  return {{.title = "a super-resolution model of latent-diffusion",
           .components = ldm_components(),
           .infer = infer_plain_ldm<kModels>,
           .fits = [](const StoredShapes& file) {
             const auto shape = LdmShape::of(file);
             return shape && !shape->transformers &&
                    shape->in_channels == shape->out_channels + kColours &&
                    !file.holds("cond_stage_model.channel_mapper.");
           }}};
}

}  // namespace

void register_ldm_super_resolution(FamilyTable& table) {
  table.add({.name = "ldm_super_resolution",
             .class_names = {"LDMSuperResolutionPipeline"},
             .components = latent_diffusion_places({unconditional_unet_class(), unet_class()}),
             .checkpoints = layouts(),
             .guidance = 1,
             .can_guide = false,
             .steps = kSteps,
             .scales_latents = false,
             .subject = Subject::picture,
             .check = [](const std::vector<Component>& all) { check_latents(all, kColours); },
             .conditioning = conditioning});
}

}  // namespace latentrt::pipeline
