#pragma once
/// Which family's layout a checkpoint is in.

#include "components/family_table.hpp"
#include "io/tensor_file.hpp"

namespace latentrt::pipeline {

struct FoundLayout {
  FamilyPtr family;
  const CheckpointLayout* layout;  ///< in the family
};

/// Throws Error(unsupported) that says which part of a model is missing. `needs_vae`: whether an
/// autoencoder is one.
FoundLayout find_layout(const FamilyTable& table, const io::TensorFile& file, bool needs_vae);

}  // namespace latentrt::pipeline
