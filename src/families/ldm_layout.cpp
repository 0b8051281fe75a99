/// Layout-to-image by latent-diffusion (Rombach et al. 2022): objects of given classes in given
/// boxes. A transformer over tokens of the boxes makes the context that the network attends to.
#include <ATen/ops/tensor.h>

#include "components/family_table.hpp"
#include "components/latent_diffusion.hpp"
#include "components/layout_encoder.hpp"
#include "components/layout_tokens.hpp"
#include "components/ldm_bert_class.hpp"
#include "components/ldm_checkpoints.hpp"
#include "components/unet_class.hpp"

namespace latentrt::pipeline {
namespace {

constexpr const char* kEncoder = "layout_encoder";
constexpr int kSteps = 200;

void check(const std::vector<Component>& components) {
  check_latents(components);
  check_context(components, find_component(components, kEncoder)->condition_channels, kEncoder);
}

RoleInputs conditioning(const Model& model, const ConditioningCall& call) {
  for (const LayoutBox& each : call.boxes) check_class_label(*model.classes(), each.class_label);
  const LayoutVocabulary vocabulary =
      layout_vocabulary(*find_component(model.components, kEncoder));
  const std::vector<std::int64_t> ids = layout_tokens(vocabulary, call.boxes);
  const at::Tensor tokens = at::tensor(ids, at::TensorOptions(at::kLong)).unsqueeze(0);
  return {{{"encoder_hidden_states", run_condition(model, kEncoder, tokens)}}, {}};
}

constexpr std::int64_t kLength = 92;

constexpr LdmModel kModels[] = {
    {.in_channels = 3, .out_channels = 3, .width = 128, .beta_end = 0.0205}};

std::vector<CheckpointLayout> layouts() {
  return {{.title = "a layout-to-image model of latent-diffusion",
           .components = ldm_components(kEncoder, kLdmTransformer),
           .infer = infer_ldm_of_tokens<kModels>,
           .fits = fits_ldm_of_tokens<kLength>}};
}

}  // namespace

void register_ldm_layout(FamilyTable& table) {
  table.add({.name = "ldm_layout",
             .class_names = {"LDMLayoutPipeline"},
             .components = with_place(
                 {.name = kEncoder, .use = Use::condition, .classes = {layout_encoder_class()}},
                 latent_diffusion_places({unet_class()})),
             .checkpoints = layouts(),
             .guidance = 1,
             .can_guide = false,
             .steps = kSteps,
             .subject = Subject::boxes,
             .check = check,
             .conditioning = conditioning});
}

}  // namespace latentrt::pipeline
