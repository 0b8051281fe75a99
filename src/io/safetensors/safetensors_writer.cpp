#include "io/safetensors/safetensors_writer.hpp"

#include <nlohmann/json.hpp>

#include "base/atomic_file.hpp"
#include "base/fail.hpp"
#include "base/quote.hpp"
#include "base/utf8.hpp"
#include "io/shape.hpp"

namespace latentrt::io {
namespace {

constexpr std::size_t kAlignment = 8;
constexpr char kMetadata[] = "__metadata__";

/// Writes only what the reader accepts.
void check(const std::string& name, const HostTensor& tensor) {
  const bool plain = !name.empty() && !first_invalid_utf8(name) && !has_control_characters(name);
  if (!plain || name == kMetadata)
    fail(Code::invalid_argument, "{} cannot name a tensor", quote(name));
  if (checked_bytes(tensor.shape, sizeof(float)) != tensor.data.size() * sizeof(float)) {
    fail(Code::invalid_argument, "tensor {} holds {} values, but its shape is [{}]", quote(name),
         tensor.data.size(), fmt::join(tensor.shape, ","));
  }
}

void check(const std::map<std::string, std::string>& metadata) {
  for (const auto& [key, value] : metadata) {
    if (first_invalid_utf8(key) || first_invalid_utf8(value)) {
      fail(Code::invalid_argument, "metadata {} is not UTF-8", quote(key));
    }
  }
}

/// Padded with spaces to align the data to its elements.
std::string header_text(const TensorMap& tensors,
                        const std::map<std::string, std::string>& metadata) {
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata.empty()) header[kMetadata] = metadata;
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

/// Passes the file's bytes to `write` in order.
template <class Write>
void write_to(const Write& write, const TensorMap& tensors,
              const std::map<std::string, std::string>& metadata) {
  const std::string header = header_text(tensors, metadata);
  const std::uint64_t length = header.size();
  write(std::as_bytes(std::span(&length, 1)));
  write(std::as_bytes(std::span(header)));
  for (const auto& [name, tensor] : tensors) write(std::as_bytes(std::span(tensor.data)));
}

void check(const TensorMap& tensors, const std::map<std::string, std::string>& metadata) {
  check(metadata);
  for (const auto& [name, tensor] : tensors) check(name, tensor);
}

}  // namespace

void write_safetensors(const std::filesystem::path& path, const TensorMap& tensors,
                       const std::map<std::string, std::string>& metadata) {
  check(tensors, metadata);
  AtomicFile file(path);
  write_to([&](std::span<const std::byte> bytes) { file.write(bytes); }, tensors, metadata);
  file.commit();
}

std::vector<std::uint8_t> encode_safetensors(const TensorMap& tensors,
                                             const std::map<std::string, std::string>& metadata) {
  check(tensors, metadata);
  std::vector<std::uint8_t> file;
  const auto append = [&](std::span<const std::byte> bytes) {
    const auto* const begin = reinterpret_cast<const std::uint8_t*>(bytes.data());
    file.insert(file.end(), begin, begin + bytes.size());
  };
  write_to(append, tensors, metadata);
  return file;
}

}  // namespace latentrt::io
