#pragma once
/// What an adapter file holds for one module.

#include <map>
#include <optional>
#include <string>

#include "io/lora/adapter_settings.hpp"
#include "io/lora/lora_names.hpp"
#include "io/safetensors/safetensors.hpp"

namespace latentrt::io {

/// The way in which a module's weight changes.
enum class LoraKind {
  none,       ///< only the bias changes, if anything
  low_rank,   ///< W + scale * (up x down) (LoRA, LoCon)
  hadamard,   ///< W + scale * (w1_a x w1_b) * (w2_a x w2_b), by elements (LoHa)
  kronecker,  ///< W + scale * kron(w1, w2) (LoKr)
  full,       ///< W + diff
  replaced,   ///< another W
};

struct LoraModule {
  std::map<LoraPart, const TensorInfo*> parts;
  ModuleSettings settings;  ///< its alpha is the file's tensor where there is one

  const TensorInfo* find(LoraPart part) const;  ///< null when absent
  LoraKind kind() const;

  /// What is missing or too much, in words; "" for a module that is whole.
  std::string problem() const;

  /// alpha / rank, or alpha / sqrt(rank). An absent alpha is the rank. `rank` is that of the factors; nothing where they
  /// have none, and then the settings' rank counts, without which the scale is 1.
  double scale(std::optional<double> rank) const;
};

}  // namespace latentrt::io
