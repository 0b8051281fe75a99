#pragma once
/// Tensors whose elements are not contiguous: transposed, expanded, every second element.

#include <cstdint>
#include <span>
#include <vector>

namespace latentrt::io {

/// Elements of a storage in row-major order of the tensor. Strides are in elements.
struct StridedView {
  std::vector<std::int64_t> shape, strides;
  std::size_t element_bytes = 0;
  std::uint64_t begin = 0;  ///< of the first element in the file
  /// number of bytes from there to the end of the last element in the file
  std::uint64_t window = 0;

  std::uint64_t elements() const noexcept;
};

/// Copies the elements from `first` on, as many as fit into dst, from the view's window.
void copy_elements(const StridedView& view, std::span<const std::byte> window, std::uint64_t first,
                   std::span<std::byte> dst);

}  // namespace latentrt::io
