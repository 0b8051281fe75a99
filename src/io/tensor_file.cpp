#include <bit>
#include <cstring>
#include <latentrt/tensor.hpp>

#include "base/fail.hpp"
#include "io/safetensors.hpp"
#include "io/safetensors_writer.hpp"

namespace latentrt {
namespace {

using io::Dtype;

/// IEEE half: the exponent is rebiased by a multiplication, which also normalises denormals.
float half_to_float(std::uint16_t bits) {
  constexpr std::uint32_t kExponent = 0x7C00, kMagnitude = 0x7FFF, kFloatExponent = 0x7F800000;
  const std::uint32_t magnitude = static_cast<std::uint32_t>(bits & kMagnitude) << 13;
  const bool special = (bits & kExponent) == kExponent;
  const auto value = special ? std::bit_cast<float>(magnitude | kFloatExponent) : std::bit_cast<float>(magnitude) * 0x1p112F;
  return bits & 0x8000 ? -value : value;
}

float bfloat16_to_float(std::uint16_t bits) { return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16); }

template <class T, class Convert>
std::vector<float> convert(const std::vector<std::byte>& bytes, Convert to_float) {
  std::vector<float> values(bytes.size() / sizeof(T));
  for (std::size_t i = 0; i < values.size(); ++i) {
    T element;
    std::memcpy(&element, bytes.data() + i * sizeof(T), sizeof(T));
    values[i] = to_float(element);
  }
  return values;
}

template <class T>
std::vector<float> convert(const std::vector<std::byte>& bytes) {
  return convert<T>(bytes, [](T element) { return static_cast<float>(element); });
}

std::vector<float> to_floats(const std::vector<std::byte>& bytes, Dtype dtype, const std::string& name) {
  switch (dtype) {
    case Dtype::f16: return convert<std::uint16_t>(bytes, half_to_float);
    case Dtype::bf16: return convert<std::uint16_t>(bytes, bfloat16_to_float);
    case Dtype::f32: return convert<float>(bytes);
    case Dtype::f64: return convert<double>(bytes);
    case Dtype::boolean:
    case Dtype::u8: return convert<std::uint8_t>(bytes);
    case Dtype::i8: return convert<std::int8_t>(bytes);
    case Dtype::i16: return convert<std::int16_t>(bytes);
    case Dtype::u16: return convert<std::uint16_t>(bytes);
    case Dtype::i32: return convert<std::int32_t>(bytes);
    case Dtype::u32: return convert<std::uint32_t>(bytes);
    case Dtype::i64: return convert<std::int64_t>(bytes);
    case Dtype::u64: return convert<std::uint64_t>(bytes);
    case Dtype::f8_e4m3:
    case Dtype::f8_e5m2: break;
  }
  fail(Code::unsupported, "tensor \"{}\" of type {} cannot be read as numbers", name, io::name_of(dtype));
}

}  // namespace

TensorMap read_tensors(const std::filesystem::path& path) {
  const io::SafetensorsFile file = io::SafetensorsFile::open(path);
  TensorMap tensors;
  for (const auto& [name, info] : file.tensors()) {
    std::vector<std::byte> bytes(static_cast<std::size_t>(info.bytes()));
    file.read(info, bytes);
    tensors.emplace(name, HostTensor{info.shape, to_floats(bytes, info.dtype, name)});
  }
  return tensors;
}

void write_tensors(const std::filesystem::path& file, const TensorMap& tensors) {
  io::write_safetensors(file, tensors, {});
}

}  // namespace latentrt
