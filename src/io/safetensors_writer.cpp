#include "io/safetensors_writer.hpp"

#include <nlohmann/json.hpp>

#include "base/atomic_file.hpp"
#include "base/checked.hpp"
#include "base/fail.hpp"

namespace latentrt::io {
namespace {

constexpr std::size_t kAlignment = 8;

void check_size(const std::string& name, const HostTensor& tensor) {
  std::optional<std::int64_t> count = 1;
  for (const std::int64_t extent : tensor.shape) {
    count = count && extent >= 0 ? checked_mul(*count, extent) : std::nullopt;
  }
  if (count != static_cast<std::int64_t>(tensor.data.size())) {
    fail(Code::invalid_argument, "tensor \"{}\" holds {} numbers, its shape is [{}]", name, tensor.data.size(),
         fmt::join(tensor.shape, ","));
  }
}

/// Padded with spaces, so that the data starts where its elements are aligned.
std::string header_text(const TensorMap& tensors, const std::map<std::string, std::string>& metadata) {
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::size_t offset = 0;
  for (const auto& [name, tensor] : tensors) {
    const std::size_t end = offset + tensor.data.size() * sizeof(float);
    header[name] = {{"dtype", "F32"}, {"shape", tensor.shape}, {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text = header.dump();
  text.resize((text.size() + kAlignment - 1) / kAlignment * kAlignment, ' ');
  return text;
}

}  // namespace

void write_safetensors(const std::filesystem::path& path, const TensorMap& tensors,
                       const std::map<std::string, std::string>& metadata) {
  for (const auto& [name, tensor] : tensors) check_size(name, tensor);
  const std::string header = header_text(tensors, metadata);
  const std::uint64_t length = header.size();
  AtomicFile file(path);
  file.write(std::as_bytes(std::span(&length, 1)));
  file.write(std::as_bytes(std::span(header)));
  for (const auto& [name, tensor] : tensors) file.write(std::as_bytes(std::span(tensor.data)));
  file.commit();
}

}  // namespace latentrt::io
