/// Retrieval-augmented latent-diffusion (Blattmann et al. 2022): the network attends to one vector
/// of the prompt, and to embeddings of pictures that resemble the requested one.
#include <ATen/ops/cat.h>
#include <ATen/ops/zeros.h>

#include "components/clip_classes.hpp"
#include "components/family_table.hpp"
#include "components/latent_diffusion.hpp"
#include "components/ldm_checkpoints.hpp"
#include "components/neighbours.hpp"
#include "components/text_conditioning.hpp"
#include "components/unet_class.hpp"

namespace latentrt::pipeline {
namespace {

constexpr const char* kEncoder = "text_encoder";
constexpr const char* kContext = "encoder_hidden_states";
constexpr double kGuidance = 5;
constexpr int kMostNeighbours = 20;

void check(const std::vector<Component>& components) {
  check_latents(components);
  const Component* const encoder = find_component(components, Use::text_encoder);
  if (encoder) check_context(components, encoder->text->projection_dim, kEncoder);
}

/// The embedding of no prompt, and of no neighbours, is zero.
RoleInputs conditioning(const Model& model, const ConditioningCall& call) {
  const auto encode = [&](std::string_view prompt, int) -> TextStates {
    return {prompt_vector(model, prompt), {}};
  };
  RoleInputs inputs = text_inputs(call, true, encode);
  at::Tensor& context = inputs.conditional.at(kContext);
  context = unit_rows(context);
  const at::Tensor neighbours = neighbours_of(call.request, context);
  context = at::cat({context, neighbours}, 1);
  if (!call.guided) return inputs;
  at::Tensor& without = inputs.unconditional.at(kContext);
  const at::Tensor none = at::zeros({without.size(0), neighbours.size(1), neighbours.size(2)});
  without = at::cat({unit_rows(without), none}, 1);
  return inputs;
}

constexpr std::int64_t kLatents = 16;

constexpr LdmModel kModels[] = {{.in_channels = kLatents,
                                 .out_channels = kLatents,
                                 .width = 448,
                                 .beta_end = 0.015,
                                 .sample_size = 48,
                                 .scaling_factor = 0.22765929}};

/// The text encoder is CLIP's own, which is not in the file.
std::vector<CheckpointLayout> layouts() {
  return {{.title = "a retrieval-augmented model of latent-diffusion",
           .components = ldm_components(),
           .infer =
               [](const auto& stored, const CheckpointLayout&) {
                 return ldm_architecture(ldm_configs({stored, ""}, kModels), kUnetClass);
               },
           .fits =
               [](const StoredShapes& file) {
                 const auto shape = LdmShape::of(file);
                 return shape && shape->transformers && shape->in_channels == kLatents &&
                        shape->out_channels == kLatents && !file.holds(kLdmCondition);
               }}};
}

}  // namespace

void register_ldm_retrieval(FamilyTable& table) {
  table.add({.name = "ldm_retrieval",
             .class_names = {"LDMRetrievalPipeline"},
             .components = with_place({.name = kEncoder,
                                       .use = Use::text_encoder,
                                       .classes = {projecting_clip_class()},
                                       .adapter_prefixes = {"lora_te_", "text_encoder_"},
                                       .tokenizer = "tokenizer"},
                                      latent_diffusion_places({unet_class()})),
             .checkpoints = layouts(),
             .guidance = kGuidance,
             .guides_below_one = true,
             .neighbours = kMostNeighbours,
             .check = check,
             .conditioning = conditioning});
}

}  // namespace latentrt::pipeline
