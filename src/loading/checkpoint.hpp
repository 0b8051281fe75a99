#pragma once
/// Checkpoints in one file, in the layout of their training code.

#include <filesystem>
#include <string>
#include <vector>

#include "components/family_table.hpp"
#include "io/tensor_file.hpp"
#include "io/weights.hpp"

namespace latentrt::pipeline {

/// The contents of the file, according to names and shapes.
class Checkpoint {
 public:
  /// Throws Error: what TensorFile::open throws; unsupported if the tensors are not those of a
  /// whole model in a layout of one of the families. The autoencoder may be missing if one is given
  /// separately.
  static Checkpoint open(const FamilyTable& table, const std::filesystem::path& file,
                         bool needs_vae = true, io::Pickles pickles = io::Pickles::allowed);

  const io::TensorFile& file() const noexcept { return file_; }
  const FamilyPtr& family() const noexcept { return family_; }
  const CheckpointLayout& layout() const noexcept { return *layout_; }
  std::size_t text_encoders() const;

  /// See CheckpointLayout::infer.
  Architecture architecture() const;

  /// The tensors of a component, named `stored` in the file, under their canonical names; with
  /// `averaged`, moving averages where the file has them.
  io::WeightMap weights(const Component& component, const StoredComponent& stored,
                        const std::vector<std::string>& wanted, bool averaged) const;

 private:
  Checkpoint(io::TensorFile file, FamilyPtr family, const CheckpointLayout& layout);

  io::TensorFile file_;
  FamilyPtr family_;
  const CheckpointLayout* layout_;  // in the family
};

}  // namespace latentrt::pipeline
