#include <latentrt/tensor.hpp>

#include "io/as_float.hpp"
#include "io/safetensors/safetensors.hpp"
#include "io/safetensors/safetensors_writer.hpp"

namespace latentrt {

TensorMap read_tensors(const std::filesystem::path& path) {
  const io::SafetensorsFile file = io::SafetensorsFile::open(path);
  TensorMap tensors;
  for (const auto& [name, info] : file.tensors()) {
    HostTensor& tensor = tensors[name];
    tensor.shape = info.shape;
    tensor.data.reserve(static_cast<std::size_t>(info.bytes() / io::size_of(info.dtype)));
    io::read_as_float(file, name, info, [&](std::span<const float> part) {
      tensor.data.insert(tensor.data.end(), part.begin(), part.end());
    });
  }
  return tensors;
}

void write_tensors(const std::filesystem::path& file, const TensorMap& tensors) {
  io::write_safetensors(file, tensors, {});
}

std::vector<std::uint8_t> encode_tensors(const TensorMap& tensors) {
  return io::encode_safetensors(tensors, {});
}

}  // namespace latentrt
