/// Latent consistency models (Luo et al. 2023) that were distilled from Stable Diffusion 1.x and
/// 2.x: the same networks, made for few steps.
#include "components/family_table.hpp"
#include "components/places.hpp"
#include "components/text_conditioning.hpp"

namespace latentrt::pipeline {

void register_lcm(FamilyTable& table) {
  table.add(
      {.name = "lcm",
       .class_names = {"LatentConsistencyModelPipeline", "LatentConsistencyModelImg2ImgPipeline"},
       .components = stable_diffusion_places(1),
       .consistency_model = true,
       .repainting = {RepaintInput::mask, RepaintInput::masked_latents},
       .check = check_stable_diffusion,
       .conditioning = last_layer_inputs});
}

}  // namespace latentrt::pipeline
