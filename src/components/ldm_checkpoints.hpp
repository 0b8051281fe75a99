#pragma once
/// Checkpoints of the models of latent-diffusion in one file, as its training code writes them.
/// Their tensors do not say how many heads there are, nor the noise schedule: those are known for
/// the published models, which are recognised by their shapes.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "components/checkpoint_layout.hpp"
#include "components/ldm_bert_class.hpp"
#include "components/stored_shapes.hpp"
#include "components/unet_class.hpp"

namespace latentrt::pipeline {

inline constexpr const char* kLdmUnet = "model.diffusion_model.";
inline constexpr const char* kLdmAutoencoder = "first_stage_model.";
inline constexpr const char* kLdmCondition = "cond_stage_model.";

/// How many heads self-attention and transformers have.
struct LdmHeads {
  std::int64_t count = 0;      ///< at every width; 0: as many as
  std::int64_t channels = 32;  ///< channels of each say
};

/// A published model. The first four say which it is.
struct LdmModel {
  std::int64_t in_channels, out_channels, width;
  std::int64_t condition_rows = 0;  ///< of the embedder's table; 0: not looked at
  LdmHeads heads{};
  double beta_start = 0.0015, beta_end = 0.0195;
  std::int64_t sample_size = 64;  ///< latents of the training pictures' side
  double scaling_factor = 1;
};

/// What the UNet's tensors say of its task.
struct LdmShape {
  std::int64_t in_channels, out_channels, width;
  bool transformers;  ///< it attends to something

  /// Nothing where the file has no UNet.
  static std::optional<LdmShape> of(const StoredShapes& file);
};

/// The configuration files of the UNet and the autoencoder, and the noise schedule; conditions are
/// added by the caller. `rows`: of the condition's table, 0 where there is none. Throws
/// Error(unsupported) that names the file where its model is none of those.
struct LdmConfigs {
  std::string unet, autoencoder, autoencoder_class, scheduler;
};
LdmConfigs ldm_configs(const StoredShapes& file, std::span<const LdmModel> models,
                       std::int64_t rows = 0);

/// The whole model; `conditions` come before the UNet.
Architecture ldm_architecture(const LdmConfigs& configs, const char* unet_class,
                              std::vector<ConfigText> conditions = {});

/// Of a UNet that attends to nothing but its own pixels.
std::string ldm_plain_unet_config(const StoredShapes& unet, const LdmModel& model);

/// Of a transformer over tokens, after its prefix.
std::string ldm_transformer_config(const StoredShapes& transformer);

/// The tokens that the condition's transformer reads; 0 where the file has none.
std::int64_t ldm_tokens(const StoredShapes& file);

/// "unet" and "vqvae" in such a file, and a condition before them.
std::vector<StoredComponent> ldm_components();
std::vector<StoredComponent> ldm_components(const char* condition, const char* prefix);

/// CheckpointLayout::infer of models without a condition of their own.
template <const auto& models>
Architecture infer_plain_ldm(const io::TensorFile& file, const CheckpointLayout&) {
  return ldm_architecture(ldm_configs({file, ""}, models), kUnconditionalUnetClass);
}

/// The transformer over tokens of a condition.
inline constexpr const char* kLdmTransformer = "cond_stage_model.transformer.";

/// CheckpointLayout::infer of models whose first component is such a transformer.
template <const auto& models>
Architecture infer_ldm_of_tokens(const io::TensorFile& stored, const CheckpointLayout& layout) {
  const StoredShapes file(stored, "");
  return ldm_architecture(ldm_configs(file, models), kUnetClass,
                          {{layout.components.front().name, kLdmBertClass,
                            ldm_transformer_config(file.within(kLdmTransformer))}});
}

/// CheckpointLayout::fits of models whose transformer reads so many tokens.
template <std::int64_t length>
bool fits_ldm_of_tokens(const StoredShapes& file) {
  return ldm_tokens(file) == length;
}

}  // namespace latentrt::pipeline
