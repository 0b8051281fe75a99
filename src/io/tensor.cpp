#include <latentrt/tensor.hpp>

#include "io/as_float.hpp"
#include "io/safetensors/safetensors.hpp"
#include "io/safetensors/safetensors_writer.hpp"

namespace latentrt {

TensorMap read_tensors(const std::filesystem::path& path) {
  return io::all_as_float(io::open_safetensors(path));
}

void write_tensors(const std::filesystem::path& file, const TensorMap& tensors) {
  io::write_safetensors(file, tensors, {});
}

std::vector<std::uint8_t> encode_tensors(const TensorMap& tensors) {
  return io::encode_safetensors(tensors, {});
}

}  // namespace latentrt
