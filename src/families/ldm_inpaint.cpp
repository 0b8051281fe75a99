/// Inpainting by latent-diffusion (Rombach et al. 2022): the network reads the picture without its
/// masked part, and the mask, in addition to the latents.
#include "components/family_table.hpp"
#include "components/latent_diffusion.hpp"
#include "components/ldm_checkpoints.hpp"
#include "components/unet_class.hpp"

namespace latentrt::pipeline {
namespace {

RoleInputs conditioning(const Model&, const ConditioningCall&) { return {}; }

void check(const std::vector<Component>& components) {
  constexpr std::int64_t kMask = 1;
  check_latents(
      components,
      find_component(components, Use::autoencoder)->latent_space->latent_channels + kMask);
}

constexpr LdmModel kModels[] = {
    {.in_channels = 7, .out_channels = 3, .width = 256, .heads = {.count = 8}, .beta_end = 0.0205}};

/// The condition is the autoencoder, which occurs twice in the file.
std::vector<CheckpointLayout> layouts() {
  return {{.title = "an inpainting model of latent-diffusion",
           .components = ldm_components(),
           .infer = infer_plain_ldm<kModels>,
           .fits = [](const StoredShapes& file) {
             const auto shape = LdmShape::of(file);
             return shape && !shape->transformers &&
                    shape->in_channels == 2 * shape->out_channels + 1;
           }}};
}

}  // namespace

void register_ldm_inpaint(FamilyTable& table) {
  table.add({.name = "ldm_inpaint",
             .class_names = {"LDMInpaintPipeline"},
             .components = latent_diffusion_places({unconditional_unet_class(), unet_class()}),
             .checkpoints = layouts(),
             .guidance = 1,
             .can_guide = false,
             .scales_latents = false,
             .subject = Subject::nothing,
             .repainting = {RepaintInput::black_latents, RepaintInput::signed_mask},
             .check = check,
             .conditioning = conditioning});
}

}  // namespace latentrt::pipeline
