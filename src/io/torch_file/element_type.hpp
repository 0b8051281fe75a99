#pragma once
/// The element types of tensors in PyTorch's files.

#include <cstddef>
#include <string_view>

namespace latentrt::io {

struct ElementType {
  /// As named in safetensors files ("F32"); "" for bytes of any type, and for types whose tensors
  /// are not read.
  std::string_view name;
  std::size_t bytes = 0;
  std::string_view storage;  ///< class of its storages ("FloatStorage"); "" if it has none
  std::string_view dtype;    ///< torch.<dtype> ("float32")
};

/// Null for unknown types.
const ElementType* element_type_of_storage(std::string_view class_name) noexcept;
const ElementType* element_type_of_dtype(std::string_view dtype) noexcept;

}  // namespace latentrt::io
