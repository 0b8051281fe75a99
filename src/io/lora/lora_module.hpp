#pragma once
/// The contents of an adapter file for one module.

#include <map>
#include <optional>
#include <string>

#include "io/lora/adapter_settings.hpp"
#include "io/lora/lora_names.hpp"
#include "io/tensor_file.hpp"

namespace latentrt::io {

/// How a module's weight changes.
enum class LoraKind {
  none,       ///< only the bias changes, if anything
  low_rank,   ///< W + scale * (up x down) (LoRA, LoCon)
  hadamard,   ///< W + scale * (w1_a x w1_b) * (w2_a x w2_b), elementwise (LoHa)
  kronecker,  ///< W + scale * kron(w1, w2) (LoKr)
  full,       ///< W + diff
  replaced,   ///< replaces W
};

struct LoraModule {
  std::map<LoraPart, const TensorInfo*> parts;
  ModuleSettings settings;  ///< its alpha is the file's tensor if that exists

  const TensorInfo* find(LoraPart part) const;  ///< null when absent
  LoraKind kind() const;

  /// What is missing or contradictory, in words; "" for a valid module.
  std::string problem() const;

  /// alpha / rank, or alpha / sqrt(rank). An absent alpha equals the rank. `rank` is that of the
  /// factors; without it the settings' rank is used, and without that the scale is 1.
  double scale(std::optional<double> rank) const;
};

}  // namespace latentrt::io
