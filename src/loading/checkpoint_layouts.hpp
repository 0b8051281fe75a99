#pragma once
/// Finds the family and layout of a checkpoint.

#include "components/family_table.hpp"
#include "io/tensor_file.hpp"

namespace latentrt::pipeline {

struct FoundLayout {
  FamilyPtr family;
  const CheckpointLayout* layout;  ///< index of the layout in the family
};

/// Throws Error(unsupported) that says which part of a model is missing. `needs_vae`: whether the
/// file must contain an autoencoder.
FoundLayout find_layout(const FamilyTable& table, const io::TensorFile& file, bool needs_vae);

}  // namespace latentrt::pipeline
