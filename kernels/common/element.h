#pragma once
/// Element types of buffers, and packs: a few contiguous elements moved with one memory access.

#include <cstdint>
#include <latentrt/dtype.hpp>

#include "kernels/common/half_math.h"
#include "kernels/common/host_device.h"

namespace latentrt::kernels {

/// Calls visit(T{}) with the element type of `dtype`.
template <class Visit>
auto with_element(DType dtype, Visit&& visit) {
  switch (dtype) {
    case DType::fp16:
      return visit(Float16{});
    case DType::bf16:
    case DType::int8:  // never the type of a buffer: they say how networks multiply
    case DType::fp8:
      return visit(BFloat16{});
    case DType::fp32:
      break;
  }
  return visit(float{});
}

/// Elements of a pack if alignment allows: 16 bytes of fp32. Latents have 4k channels, so this is
/// the usual case.
inline constexpr int kPackWidth = 4;

template <class T, int kWidth>
struct alignas(sizeof(T) * kWidth) Pack {
  T values[kWidth];
};

/// Whether packs of kPackWidth may start at the pointer (null: never accessed). For element types
/// of any size.
inline bool pack_aligned(const void* pointer, std::size_t element_size) {
  return reinterpret_cast<std::uintptr_t>(pointer) % (element_size * kPackWidth) == 0;
}

/// Elements in a pack of 16 bytes, the largest single access.
template <class T>
inline constexpr int kWidePack = 16 / static_cast<int>(sizeof(T));

inline bool aligned_to_16(const void* pointer) {
  return reinterpret_cast<std::uintptr_t>(pointer) % 16 == 0;
}

/// Values in registers, in the precision of the computation.
template <class Real, int kWidth>
struct Numbers {
  Real values[kWidth];
};

template <class Real, int kWidth, class T>
LATENTRT_HOST_DEVICE Numbers<Real, kWidth> load(const T* source) {
  const auto pack = *reinterpret_cast<const Pack<T, kWidth>*>(source);
  Numbers<Real, kWidth> numbers;
  LATENTRT_UNROLL
  for (int k = 0; k < kWidth; ++k) numbers.values[k] = to_float(pack.values[k]);
  return numbers;
}

template <class T, class Real, int kWidth>
LATENTRT_HOST_DEVICE Pack<T, kWidth> packed(const Numbers<Real, kWidth>& numbers) {
  Pack<T, kWidth> pack;
  LATENTRT_UNROLL
  for (int k = 0; k < kWidth; ++k)
    pack.values[k] = from_float<T>(static_cast<float>(numbers.values[k]));
  return pack;
}

template <class T, int kWidth>
LATENTRT_HOST_DEVICE void store(T* destination, const Pack<T, kWidth>& pack) {
  *reinterpret_cast<Pack<T, kWidth>*>(destination) = pack;
}

}  // namespace latentrt::kernels
