#pragma once
/// Checkpoints in one file, in the layout of the code that they were trained with.

#include <filesystem>
#include <string>
#include <vector>

#include "components/family_table.hpp"
#include "io/tensor_file.hpp"
#include "io/weights.hpp"

namespace latentrt::pipeline {

/// What is in the file, as names and shapes say it.
class Checkpoint {
 public:
  /// Throws Error: what TensorFile::open throws; unsupported when the tensors are not those of a
  /// whole model in a layout of one of the families. One without an autoencoder is fine where that
  /// is given apart.
  static Checkpoint open(const FamilyTable& table, const std::filesystem::path& file,
                         bool needs_vae = true, io::Pickles pickles = io::Pickles::allowed);

  const io::TensorFile& file() const noexcept { return file_; }
  const FamilyPtr& family() const noexcept { return family_; }
  const CheckpointLayout& layout() const noexcept { return *layout_; }
  std::size_t text_encoders() const;

  /// See CheckpointLayout::infer.
  Architecture architecture() const;

  /// The tensors of a component, which is `stored` in the file, under their canonical names; with
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
