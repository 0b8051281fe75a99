#include "io/as_float.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/fail.hpp"
#include "base/quote.hpp"

namespace latentrt::io {
namespace {

constexpr std::uint64_t kPartBytes = 1u << 20;  ///< a multiple of every element's size

using Bytes = std::span<const std::byte>;
using Convert = void (*)(Bytes src, float* dst);

/// IEEE half: the exponent is rebiased by a multiplication, which also normalises denormals.
float from_half(std::uint16_t bits) {
  constexpr std::uint32_t kExponent = 0x7C00, kMagnitude = 0x7FFF, kFloatExponent = 0x7F800000;
  const std::uint32_t magnitude = static_cast<std::uint32_t>(bits & kMagnitude) << 13;
  const bool special = (bits & kExponent) == kExponent;
  const float value = special ? std::bit_cast<float>(magnitude | kFloatExponent)
                              : std::bit_cast<float>(magnitude) * 0x1p112F;
  return bits & 0x8000 ? -value : value;
}

float from_bfloat16(std::uint16_t bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

/// E4M3: 4 bits of exponent with bias 7, 3 of fraction, no infinities; all ones are NaN
/// (Micikevicius et al. 2022). As for halves, a multiplication rebiases the exponent.
float from_e4m3(std::uint8_t bits) {
  constexpr std::uint32_t kMagnitude = 0x7F, kNan = 0x7FC00000;
  const std::uint32_t magnitude = bits & kMagnitude;
  const float value = magnitude == kMagnitude ? std::bit_cast<float>(kNan)
                                              : std::bit_cast<float>(magnitude << 20) * 0x1p120F;
  return bits & 0x80 ? -value : value;
}

/// E5M2 is the upper byte of a half.
float from_e5m2(std::uint8_t bits) { return from_half(static_cast<std::uint16_t>(bits << 8)); }

template <class T>
float from_number(T value) {
  return static_cast<float>(value);
}

template <class T, float (*to_float)(T) = from_number<T>>
void convert(Bytes src, float* dst) {
  for (; !src.empty(); src = src.subspan(sizeof(T))) {
    T element;
    std::memcpy(&element, src.data(), sizeof(T));
    *dst++ = to_float(element);
  }
}

Convert conversion_from(Dtype dtype) {
  switch (dtype) {
    case Dtype::boolean:
    case Dtype::u8:
      return convert<std::uint8_t>;
    case Dtype::i8:
      return convert<std::int8_t>;
    case Dtype::i16:
      return convert<std::int16_t>;
    case Dtype::u16:
      return convert<std::uint16_t>;
    case Dtype::i32:
      return convert<std::int32_t>;
    case Dtype::u32:
      return convert<std::uint32_t>;
    case Dtype::i64:
      return convert<std::int64_t>;
    case Dtype::u64:
      return convert<std::uint64_t>;
    case Dtype::f16:
      return convert<std::uint16_t, from_half>;
    case Dtype::bf16:
      return convert<std::uint16_t, from_bfloat16>;
    case Dtype::f32:
      return convert<float>;
    case Dtype::f64:
      return convert<double>;
    case Dtype::f8_e4m3:
      return convert<std::uint8_t, from_e4m3>;
    case Dtype::f8_e5m2:
      return convert<std::uint8_t, from_e5m2>;
  }
  fail(Code::internal, "element type {} is not known", static_cast<int>(dtype));
}

void read(const TensorFile& file, std::string_view name, const TensorInfo& part,
          std::span<std::byte> dst) {
  try {
    file.read(part, dst);
  } catch (const Error& error) {
    if (name.empty()) throw;
    fail(error.code(), "{} (tensor {})", error.what(), quote(name));
  }
}

}  // namespace

void read_as_float(const TensorFile& file, std::string_view name, const TensorInfo& info,
                   const std::function<void(std::span<const float>)>& take) {
  const Convert convert_part = conversion_from(info.dtype);
  std::vector<std::byte> bytes;
  std::vector<float> values;
  for (TensorInfo part = info; part.begin < info.end; part.begin = part.end) {
    part.end = part.begin + std::min(info.end - part.begin, kPartBytes);
    bytes.resize(static_cast<std::size_t>(part.bytes()));
    values.resize(bytes.size() / size_of(info.dtype));
    read(file, name, part, bytes);
    convert_part(bytes, values.data());
    take(values);
  }
}

TensorMap all_as_float(const TensorFile& file) {
  TensorMap tensors;
  for (const auto& [name, info] : file.tensors()) {
    HostTensor& tensor = tensors[name];
    tensor.shape = info.shape;
    tensor.data.reserve(static_cast<std::size_t>(info.bytes() / size_of(info.dtype)));
    read_as_float(file, name, info, [&](std::span<const float> part) {
      tensor.data.insert(tensor.data.end(), part.begin(), part.end());
    });
  }
  return tensors;
}

}  // namespace latentrt::io
