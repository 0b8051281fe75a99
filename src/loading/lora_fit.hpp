#pragma once
/// Whether the tensors of an adapter's module have shapes that make a change of the layer's weight.

#include <cstdint>
#include <optional>
#include <vector>

#include "io/lora/lora_module.hpp"

namespace latentrt::pipeline {

using Shape = std::vector<std::int64_t>;

/// Safe for hostile shapes: nothing is multiplied that a file did not already hold as one tensor.
bool lora_fits(const io::LoraModule& module, const Shape& weight);

/// Of the factors; nothing where a product has none.
std::optional<double> lora_rank(const io::LoraModule& module);

/// The magnitude's shape on that weight, [out,1,...] or [1,in,1,...]; empty when it fits neither
/// rows nor columns.
Shape magnitude_shape(const io::LoraModule& module, const Shape& weight);

/// The tensor that is the module's magnitude; null when it has none.
const io::TensorInfo* magnitude_of(const io::LoraModule& module);

/// Elements of a tensor that a file holds.
std::int64_t element_count(const Shape& shape);

}  // namespace latentrt::pipeline
