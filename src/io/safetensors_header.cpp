#include "io/safetensors_header.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "base/fail.hpp"
#include "base/quote.hpp"
#include "base/utf8.hpp"
#include "io/json.hpp"
#include "io/shape.hpp"

namespace latentrt::io {
namespace {

using Json = nlohmann::ordered_json;

constexpr JsonLimits kHeaderLimits{
    .max_bytes = 100'000'000, .max_depth = 4, .max_string = 64u << 10, .max_values = 16'000'000};
constexpr std::size_t kMaxTensors = 1'000'000;
constexpr std::size_t kMaxNameBytes = 4096;
constexpr std::size_t kMaxMetadataBytes = 1u << 20;
constexpr std::size_t kMaxRank = 8;
constexpr std::uint64_t kMaxExtent = INT32_MAX;

/// Everything that can be wrong with one tensor, with the words for it.
class EntryParser {
 public:
  EntryParser(std::string_view what, const std::string& name, const Json& entry)
      : what_(what), name_(name), entry_(entry) {}

  TensorInfo parse() const {
    check_name();
    if (!entry_.is_object() || entry_.size() != 3)
      refuse("does not have exactly the keys dtype, shape and data_offsets");
    TensorInfo info{dtype(), shape(), 0, 0};
    const Json& offsets = member("data_offsets");
    if (!offsets.is_array() || offsets.size() != 2)
      refuse("has data_offsets that are not two numbers");
    info.begin = number(offsets[0], "data_offsets");
    info.end = number(offsets[1], "data_offsets");
    if (info.begin > info.end) refuse("has data_offsets that run backwards");
    check_size(info);
    return info;
  }

 private:
  [[noreturn]] void refuse(std::string_view problem) const {
    fail(Code::bad_file, "{}: tensor {} {}", what_, quote(name_), problem);
  }

  void check_name() const {
    if (name_.empty()) refuse("has no name");
    if (name_.size() > kMaxNameBytes) refuse(fmt::format("has a name of {} bytes", name_.size()));
    if (has_control_characters(name_)) refuse("has control characters in its name");
  }

  const Json& member(const char* key) const {
    const auto found = entry_.find(key);
    if (found == entry_.end()) refuse(fmt::format("lacks {}", key));
    return *found;
  }

  std::uint64_t number(const Json& value, const char* key) const {
    if (!value.is_number_unsigned())
      refuse(fmt::format("has a {} entry that is not a non-negative integer", key));
    return value.get<std::uint64_t>();
  }

  Dtype dtype() const {
    const Json& value = member("dtype");
    if (!value.is_string()) refuse("has a dtype that is not a string");
    try {
      return dtype_from_name(value.get_ref<const std::string&>());
    } catch (const Error& error) {
      refuse(fmt::format("has an {}", error.what()));
    }
  }

  std::vector<std::int64_t> shape() const {
    const Json& value = member("shape");
    if (!value.is_array() || value.size() > kMaxRank)
      refuse(fmt::format("has a shape that is not a list of at most {} numbers", kMaxRank));
    std::vector<std::int64_t> shape;
    for (const Json& item : value) {
      const std::uint64_t extent = number(item, "shape");
      if (extent > kMaxExtent)
        refuse(fmt::format("has extent {}; at most {} is allowed", extent, kMaxExtent));
      shape.push_back(static_cast<std::int64_t>(extent));
    }
    return shape;
  }

  void check_size(const TensorInfo& info) const {
    const auto bytes = checked_bytes(info.shape, size_of(info.dtype));
    if (!bytes)
      refuse(fmt::format("has shape [{}], whose size overflows", fmt::join(info.shape, ",")));
    if (info.bytes() != *bytes) {
      refuse(fmt::format("has {} bytes; shape [{}] of {} needs {}", info.bytes(),
                         fmt::join(info.shape, ","), name_of(info.dtype), *bytes));
    }
  }

  std::string_view what_;
  const std::string& name_;
  const Json& entry_;
};

std::map<std::string, std::string> parse_metadata(const Json& json, std::string_view what) {
  if (!json.is_object()) fail(Code::bad_file, "{}: __metadata__ is not an object", what);
  std::map<std::string, std::string> metadata;
  std::size_t bytes = 0;
  for (const auto& [key, value] : json.items()) {
    if (!value.is_string())
      fail(Code::bad_file, "{}: __metadata__ {} is not a string", what, quote(key));
    bytes += key.size() + value.get_ref<const std::string&>().size();
    metadata.emplace(key, value.get<std::string>());
  }
  if (bytes > kMaxMetadataBytes)
    fail(Code::bad_file, "{}: __metadata__ has more than {} bytes", what, kMaxMetadataBytes);
  return metadata;
}

void check_tiling(const std::map<std::string, TensorInfo>& tensors, std::uint64_t data_bytes,
                  std::string_view what) {
  std::vector<std::pair<const TensorInfo*, const std::string*>> order;
  for (const auto& [name, info] : tensors) order.emplace_back(&info, &name);
  std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
    return std::pair(a.first->begin, a.first->end) < std::pair(b.first->begin, b.first->end);
  });
  std::uint64_t position = 0;
  for (const auto& [info, name] : order) {
    if (info->begin != position) {
      fail(Code::bad_file, "{}: tensor {} starts at byte {}, expected {}: {}", what, quote(*name),
           info->begin, position,
           info->begin < position ? "it overlaps another" : "there is a hole before it");
    }
    position = info->end;
    if (position > data_bytes)
      fail(Code::bad_file, "{}: tensor {} ends beyond the end of the file", what, quote(*name));
  }
  if (position != data_bytes) {
    fail(Code::bad_file, "{}: the tensors take {} bytes, the file holds {}", what, position,
         data_bytes);
  }
}

}  // namespace

SafetensorsHeader parse_safetensors_header(std::string_view text, std::uint64_t data_bytes,
                                           std::string_view what) {
  if (!text.starts_with('{')) fail(Code::bad_file, "{}: the header does not start with '{{'", what);
  const std::size_t last = text.find_last_not_of(' ');  // padding, which the format allows
  if (text[last] != '}')
    fail(Code::bad_file, "{}: the header does not end with '}}' and spaces", what);
  const Json json =
      parse_json(text.substr(0, last + 1), fmt::format("{}: the header", what), kHeaderLimits);
  if (json.size() > kMaxTensors) {
    fail(Code::bad_file, "{}: {} tensors; at most {} are read", what, json.size(), kMaxTensors);
  }
  SafetensorsHeader header;
  for (const auto& [name, entry] : json.items()) {
    if (name == "__metadata__") {
      header.metadata = parse_metadata(entry, what);
    } else {
      header.tensors.emplace(name, EntryParser(what, name, entry).parse());
    }
  }
  check_tiling(header.tensors, data_bytes, what);
  return header;
}

}  // namespace latentrt::io
