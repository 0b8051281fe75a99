#pragma once
/// Single-file checkpoints of latent-diffusion's models, as its training code writes them. Their
/// tensors determine neither the number of attention heads nor the noise schedule: both are known
/// for the published models, which are recognised by their shapes.

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

/// Numbers of heads of self-attention and transformers.
struct LdmHeads {
  std::int64_t count = 0;      ///< at every width; 0: the width divided by `channels`
  std::int64_t channels = 32;  ///< per head
};

/// A published model. The first four fields identify it.
struct LdmModel {
  std::int64_t in_channels, out_channels, width;
  std::int64_t condition_rows = 0;  ///< of the embedder's table; 0: any number
  LdmHeads heads{};
  double beta_start = 0.0015, beta_end = 0.0195;
  std::int64_t sample_size = 64;  ///< latents of the training pictures' side
  double scaling_factor = 1;
};

/// Properties of a UNet that follow from its tensors.
struct LdmShape {
  std::int64_t in_channels, out_channels, width;
  bool transformers;  ///< whether it has cross-attention

  /// Empty if the file has no UNet.
  static std::optional<LdmShape> of(const StoredShapes& file);
};

/// The configuration files of the UNet and the autoencoder, and the noise schedule; the caller adds
/// conditions. `rows`: of the condition's table, 0 if there is none. Throws Error(unsupported) that
/// names the file if its model is not one of the published ones.
struct LdmConfigs {
  std::string unet, autoencoder, autoencoder_class, scheduler;
};
LdmConfigs ldm_configs(const StoredShapes& file, std::span<const LdmModel> models,
                       std::int64_t rows = 0);

/// The whole model; `conditions` come before the UNet.
Architecture ldm_architecture(const LdmConfigs& configs, const char* unet_class,
                              std::vector<ConfigText> conditions = {});

/// Fits a UNet without cross-attention.
std::string ldm_plain_unet_config(const StoredShapes& unet, const LdmModel& model);

/// For a transformer over tokens, after its prefix.
std::string ldm_transformer_config(const StoredShapes& transformer);

/// Number of tokens that the condition's transformer reads; 0 if the file has none.
std::int64_t ldm_tokens(const StoredShapes& file);

/// "unet" and "vqvae" in such a file, after an optional condition.
std::vector<StoredComponent> ldm_components();
std::vector<StoredComponent> ldm_components(const char* condition, const char* prefix);

/// CheckpointLayout::infer for models without a condition.
template <const auto& models>
Architecture infer_plain_ldm(const io::TensorFile& file, const CheckpointLayout&) {
  return ldm_architecture(ldm_configs({file, ""}, models), kUnconditionalUnetClass);
}

/// The transformer over tokens of a condition.
inline constexpr const char* kLdmTransformer = "cond_stage_model.transformer.";

/// CheckpointLayout::infer for models whose first component is such a transformer.
template <const auto& models>
Architecture infer_ldm_of_tokens(const io::TensorFile& stored, const CheckpointLayout& layout) {
  const StoredShapes file(stored, "");
  return ldm_architecture(ldm_configs(file, models), kUnetClass,
                          {{layout.components.front().name, kLdmBertClass,
                            ldm_transformer_config(file.within(kLdmTransformer))}});
}

/// CheckpointLayout::fits for models whose transformer reads this number of tokens.
template <std::int64_t length>
bool fits_ldm_of_tokens(const StoredShapes& file) {
  return ldm_tokens(file) == length;
}

}  // namespace latentrt::pipeline
