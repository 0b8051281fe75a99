#pragma once
/// The unit in which kernels that only copy elements move them: 16 bytes if lengths and buffers
/// allow it, else an element.

#include <cstdint>
#include <initializer_list>

#include "kernels/common/element.h"

namespace latentrt::kernels {

struct alignas(16) Bytes16 {
  std::uint32_t words[4];
};

/// Calls visit(Unit{}) with the type to move. `runs`: lengths, in elements, that no unit may cross;
/// `buffers` start at whole elements of 2 or 4 bytes.
template <class Visit>
void with_copy_unit(DType dtype, std::initializer_list<std::int64_t> runs,
                    std::initializer_list<const void*> buffers, Visit&& visit) {
  const auto element_size =
      static_cast<std::int64_t>(with_element(dtype, [](auto element) { return sizeof element; }));
  bool wide = true;
  for (const std::int64_t run : runs) wide = wide && run * element_size % 16 == 0;
  for (const void* buffer : buffers) wide = wide && aligned_to_16(buffer);
  if (wide) return visit(Bytes16{});
  if (element_size == 4) return visit(std::uint32_t{});
  visit(std::uint16_t{});
}

/// Number of units in `elements` elements.
template <class Unit>
std::int64_t units_of(DType dtype, std::int64_t elements) {
  return elements *
         static_cast<std::int64_t>(
             with_element(dtype, [](auto element) { return sizeof element; })) /
         static_cast<std::int64_t>(sizeof(Unit));
}

}  // namespace latentrt::kernels
