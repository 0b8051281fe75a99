#include "io/safetensors/safetensors_start.hpp"

#include <nlohmann/json.hpp>

#include "base/fail.hpp"
#include "base/quote.hpp"
#include "base/utf8.hpp"

namespace latentrt::io {
namespace {

constexpr std::size_t kAlignment = 8;
constexpr char kMetadata[] = "__metadata__";

void check_name(const std::string& name) {
  const bool plain = !name.empty() && !first_invalid_utf8(name) && !has_control_characters(name);
  if (!plain || name == kMetadata)
    fail(Code::invalid_argument, "{} cannot name a tensor", quote(name));
}

void check(const std::map<std::string, std::string>& metadata) {
  for (const auto& [key, value] : metadata) {
    if (first_invalid_utf8(key) || first_invalid_utf8(value)) {
      fail(Code::invalid_argument, "metadata {} is not UTF-8", quote(key));
    }
  }
}

using Json = nlohmann::ordered_json;

/// Appended as text: a JSON object would look for each name among those before it.
void add_member(std::string& text, const std::string& name, const Json& value) {
  if (text.size() > 1) text += ',';
  text += Json(name).dump() + ':' + value.dump();
}

std::string header_text(std::span<const WrittenTensor> tensors,
                        const std::map<std::string, std::string>& metadata) {
  std::string text = "{";
  if (!metadata.empty()) add_member(text, kMetadata, metadata);
  std::uint64_t offset = 0;
  for (const WrittenTensor& tensor : tensors) {
    const std::uint64_t end = offset + tensor.bytes;
    add_member(text, tensor.name,
               {{"dtype", name_of(tensor.dtype)},
                {"shape", tensor.shape},
                {"data_offsets", {offset, end}}});
    offset = end;
  }
  text += '}';
  text.resize((text.size() + kAlignment - 1) / kAlignment * kAlignment, ' ');
  return text;
}

}  // namespace

std::string safetensors_start(std::span<const WrittenTensor> tensors,
                              const std::map<std::string, std::string>& metadata) {
  check(metadata);
  for (const WrittenTensor& tensor : tensors) check_name(tensor.name);
  const std::string header = header_text(tensors, metadata);
  const std::uint64_t length = header.size();
  std::string start(reinterpret_cast<const char*>(&length), sizeof(length));
  return start + header;
}

}  // namespace latentrt::io
