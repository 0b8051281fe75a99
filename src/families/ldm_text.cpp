/// Text-to-image models of latent-diffusion (Rombach et al. 2022): the prompt is encoded by a
/// transformer that was trained together with the denoiser.
#include "components/family_table.hpp"
#include "components/latent_diffusion.hpp"
#include "components/ldm_bert_class.hpp"
#include "components/ldm_checkpoints.hpp"
#include "components/text_conditioning.hpp"
#include "components/unet_class.hpp"

namespace latentrt::pipeline {
namespace {

constexpr const char* kEncoder = "bert";

void check(const std::vector<Component>& components) {
  check_latents(components);
  check_context(components, find_component(components, kEncoder)->text->hidden_size, kEncoder);
}

constexpr std::int64_t kPrompt = 77;

/// The models of LAION, with an AutoencoderKL, and of Conceptual Captions.
constexpr LdmModel kModels[] = {{.in_channels = 4,
                                 .out_channels = 4,
                                 .width = 320,
                                 .heads = {.count = 8},
                                 .beta_start = 0.00085,
                                 .beta_end = 0.012,
                                 .sample_size = 32,
                                 .scaling_factor = 0.18215},
                                {.in_channels = 3, .out_channels = 3, .width = 192}};

std::vector<CheckpointLayout> layouts() {
  return {{.title = "a text-to-image model of latent-diffusion",
           .components = ldm_components(kEncoder, kLdmTransformer),
           .infer = infer_ldm_of_tokens<kModels>,
           .fits = fits_ldm_of_tokens<kPrompt>}};
}

}  // namespace

void register_ldm_text(FamilyTable& table) {
  table.add(
      {.name = "ldm_text",
       .class_names = {"LDMTextToImagePipeline"},
       .components = with_place(ldm_bert_place(kEncoder), latent_diffusion_places({unet_class()})),
       .checkpoints = layouts(),
       .guidance = 1,
       .guides_below_one = true,
       .check = check,
       .conditioning = last_layer_inputs});
}

}  // namespace latentrt::pipeline
