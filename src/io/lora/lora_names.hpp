#pragma once
/// Tensor names in adapter files.

#include <optional>
#include <string>
#include <string_view>

namespace latentrt::io {

/// The role of a tensor in its module's change.
enum class LoraPart {
  down,       ///< LoRA: [rank,in] or [rank,in,k,k]
  up,         ///< [out,rank] or [out,rank,1,1]
  mid,        ///< [rank,rank,k,k] between the two (LoCon)
  up_bias,    ///< [out], for the layer's bias, scaled like the product
  magnitude,  ///< [out] norms of rows (DoRA, Liu et al. 2024)
  /// Norms of rows if its first extent is the layer's outputs, else of columns.
  dora_scale,
  w1_a,  ///< LoHa: [out,rank]; with t1 [rank,out]
  w1_b,  ///< [rank,in*k*k]; with t1 [rank,in]
  w2_a,
  w2_b,
  t1,  ///< [rank,rank,k,k]
  t2,
  k1,  ///< LoKr: the first matrix of the Kronecker product, or its two factors
  k1_a,
  k1_b,
  k2,
  k2_a,
  k2_b,
  k_t2,
  diff,        ///< the full difference of the weight
  diff_bias,   ///< the full difference of the bias
  alpha,       ///< one value
  new_weight,  ///< the weight after training, which replaces the model's
  new_bias,
};

/// A parsed tensor name.
struct LoraName {
  std::string component;  ///< "unet", "text_encoder", "text_encoder_2", or "" if the name has none
  std::string module;     ///< as the file writes it, without the component
  LoraPart part;
};

/// Nothing for names of unknown form. `replaces_layers`: plain ".weight" and ".bias" are known too.
std::optional<LoraName> parse_lora_name(std::string_view stored, bool replaces_layers);

/// The name with '.' replaced by '_'.
std::string flat_name(std::string_view name);

}  // namespace latentrt::io
