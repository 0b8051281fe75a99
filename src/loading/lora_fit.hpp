#pragma once
/// Checks whether the tensors of an adapter's module have shapes that fit the layer's weight.

#include <cstdint>
#include <optional>
#include <vector>

#include "io/lora/lora_module.hpp"

namespace latentrt::pipeline {

using Shape = std::vector<std::int64_t>;

/// Safe for hostile shapes: multiplies only extents of tensors that exist in the file.
bool lora_fits(const io::LoraModule& module, const Shape& weight);

/// Rank of the factors; empty if a product has none.
std::optional<double> lora_rank(const io::LoraModule& module);

/// The magnitude's shape for that weight, [out,1,...] or [1,in,1,...]; empty if it fits neither
/// rows nor columns.
Shape magnitude_shape(const io::LoraModule& module, const Shape& weight);

/// The tensor that is the module's magnitude; null if there is none.
const io::TensorInfo* magnitude_of(const io::LoraModule& module);

/// Number of elements of a tensor in the file.
std::int64_t element_count(const Shape& shape);

}  // namespace latentrt::pipeline
