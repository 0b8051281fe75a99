#include "io/safetensors/safetensors_writer.hpp"

#include "base/atomic_file.hpp"
#include "base/fail.hpp"
#include "base/quote.hpp"
#include "io/safetensors/safetensors_start.hpp"
#include "io/shape.hpp"

namespace latentrt::io {
namespace {

/// Writes only what the reader accepts.
void check(const std::string& name, const HostTensor& tensor) {
  if (checked_bytes(tensor.shape, sizeof(float)) != tensor.data.size() * sizeof(float)) {
    fail(Code::invalid_argument, "tensor {} holds {} values, but its shape is [{}]", quote(name),
         tensor.data.size(), fmt::join(tensor.shape, ","));
  }
}

std::string start_of(const TensorMap& tensors, const std::map<std::string, std::string>& metadata) {
  std::vector<WrittenTensor> written;
  for (const auto& [name, tensor] : tensors) {
    check(name, tensor);
    written.push_back({name, Dtype::f32, tensor.shape, tensor.data.size() * sizeof(float)});
  }
  return safetensors_start(written, metadata);
}

/// Passes the data to `write` in order.
template <class Write>
void write_data(const Write& write, const TensorMap& tensors) {
  for (const auto& [name, tensor] : tensors) write(std::as_bytes(std::span(tensor.data)));
}

}  // namespace

void write_safetensors(const std::filesystem::path& path, const TensorMap& tensors,
                       const std::map<std::string, std::string>& metadata) {
  const std::string start = start_of(tensors, metadata);
  AtomicFile file(path);
  file.write(std::as_bytes(std::span(start)));
  write_data([&](std::span<const std::byte> bytes) { file.write(bytes); }, tensors);
  file.commit();
}

std::vector<std::uint8_t> encode_safetensors(const TensorMap& tensors,
                                             const std::map<std::string, std::string>& metadata) {
  const std::string start = start_of(tensors, metadata);
  std::vector<std::uint8_t> file(start.begin(), start.end());
  const auto append = [&](std::span<const std::byte> bytes) {
    const auto* const begin = reinterpret_cast<const std::uint8_t*>(bytes.data());
    file.insert(file.end(), begin, begin + bytes.size());
  };
  write_data(append, tensors);
  return file;
}

}  // namespace latentrt::io
