#pragma once
/// One module of an adapter file, applied to the layer that it changes.

#include <ATen/core/Tensor.h>

#include <string>

#include "io/lora/lora_file.hpp"
#include "loading/lora_names.hpp"

namespace latentrt::pipeline {

/// Immutable; a copy shares the open file.
class LoraChange {
 public:
  /// `scale` is the user's. Throws Error(invalid_argument) that names the file's tensors and the
  /// model's if their shapes do not fit; unsupported for a bias that the layer does not have.
  LoraChange(io::LoraFile file, io::LoraModule module, double scale, const LoraTarget& target);

  bool changes_weight() const;
  bool changes_bias() const;

  /// The layer's tensor with the change, in fp32.
  at::Tensor weight(const at::Tensor& weight) const;
  at::Tensor bias(const at::Tensor& bias) const;

 private:
  at::Tensor read(io::LoraPart part, at::IntArrayRef shape) const;
  at::Tensor read_matrix(io::LoraPart part) const;
  at::Tensor read_as_stored(io::LoraPart part) const;
  at::Tensor read_magnitude(const at::Tensor& weight) const;
  at::Tensor low_rank_product() const;
  at::Tensor hadamard_product() const;
  at::Tensor kronecker_product() const;

  io::LoraFile file_;
  io::LoraModule module_;
  double scale_;
};

}  // namespace latentrt::pipeline
