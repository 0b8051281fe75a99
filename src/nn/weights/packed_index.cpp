#include "nn/weights/packed_index.hpp"

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <numeric>

#include "base/checked.hpp"
#include "base/fail.hpp"
#include "io/json.hpp"
#include "io/shape.hpp"
#include "kernels/winograd/winograd.h"

namespace latentrt::nn {
namespace {

using Json = nlohmann::ordered_json;
using Shape = std::vector<std::int64_t>;

constexpr io::JsonLimits kLimits{
    .max_bytes = 64u << 20, .max_depth = 6, .max_string = 32u << 10, .max_values = 2'000'000};
constexpr std::size_t kMaxRank = 4, kMaxLayouts = 64, kMaxInputs = 64;

[[noreturn]] void refuse(std::string_view problem) {
  fail(Code::bad_file, "packed weights: {}", problem);
}
void require(bool kept, std::string_view problem) {
  if (!kept) refuse(problem);
}

std::string to_hex(std::string_view bytes) {
  std::string text;
  text.reserve(2 * bytes.size());
  for (const char byte : bytes)
    fmt::format_to(std::back_inserter(text), "{:02x}", static_cast<unsigned char>(byte));
  return text;
}

int digit_from(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  refuse("a descriptor is not hexadecimal");
}

std::string from_hex(std::string_view text) {
  require(text.size() % 2 == 0, "a descriptor is not hexadecimal");
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); i += 2)
    bytes += static_cast<char>(digit_from(text[i]) << 4 | digit_from(text[i + 1]));
  return bytes;
}

const Json& member(const Json& object, const char* key) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  if (found == object.end()) refuse(fmt::format("{} is missing", key));
  return *found;
}

const Json& list(const Json& value, std::size_t most) {
  require(value.is_array() && value.size() <= most, "a list is none, or too long");
  return value;
}

std::uint64_t number(const Json& value) {
  require(value.is_number_unsigned(), "an entry is not a whole number");
  return value.get<std::uint64_t>();
}

const std::string& text_of(const Json& value) {
  require(value.is_string(), "an entry is not a text");
  return value.get_ref<const std::string&>();
}

std::int64_t extent(const Json& value) {
  const std::uint64_t stored = number(value);
  require(stored >= 1 && stored <= INT32_MAX, "an extent is out of range");
  return static_cast<std::int64_t>(stored);
}

Json to_json(const StoredLayout& layout) {
  return {{"shape", layout.shape},
          {"dtype", io::name_of(layout.dtype)},
          {"descriptor", to_hex(layout.descriptor)},
          {"offset", layout.offset},
          {"bytes", layout.bytes},
          {"hash", to_text(layout.hash)}};
}

Json to_json(const StoredWeight& weight) {
  Json json{{"id", weight.id}, {"layouts", Json::array()}, {"inputs", Json::array()}};
  for (const StoredLayout& layout : weight.layouts) json["layouts"].push_back(to_json(layout));
  for (const StoredInput& input : weight.inputs)
    json["inputs"].push_back({input.size, input.layout});
  if (weight.winograd) json["winograd"] = to_json(*weight.winograd);
  if (weight.plain) json["plain"] = to_json(*weight.plain);
  if (weight.scales) json["scales"] = to_json(*weight.scales);
  return json;
}

/// The rest of the data: ranges follow one another.
struct Data {
  std::uint64_t begin = 0, end = 0;
};

/// Its range lies in the data, and has the length that its shape requires.
void check_range(const StoredLayout& layout, Data& data) {
  const auto end = checked_add(layout.offset, layout.bytes);
  require(layout.offset % kPackedAlignment == 0 && layout.offset >= data.begin && end &&
              *end <= data.end,
          "a range is not in the data, or in that of another tensor");
  data.begin = *end;
  const auto needed = io::checked_bytes(layout.shape, io::size_of(layout.dtype));
  require(needed && layout.bytes >= *needed, "a range is too short for its shape");
  require(!layout.descriptor.empty() || layout.bytes == *needed,
          "a range is too long for its shape");
}

StoredLayout layout_from(const Json& json, Data& data) {
  StoredLayout layout;
  for (const Json& item : list(member(json, "shape"), kMaxRank))
    layout.shape.push_back(extent(item));
  layout.dtype = io::dtype_from_name(text_of(member(json, "dtype")));
  layout.descriptor = from_hex(text_of(member(json, "descriptor")));
  layout.offset = number(member(json, "offset"));
  layout.bytes = number(member(json, "bytes"));
  const auto hash = content_hash_from(text_of(member(json, "hash")));
  require(hash.has_value(), "a hash is none");
  layout.hash = *hash;
  check_range(layout, data);
  return layout;
}

StoredInput input_from(const Json& json) {
  require(list(json, 2).size() == 2 && list(json[0], 4).size() == 4, "an input is none");
  StoredInput input{.layout = number(json[1])};
  std::ranges::transform(json[0], input.size.begin(), extent);
  return input;
}

StoredWeight weight_from(const Json& json, Data& data) {
  StoredWeight weight;
  const std::uint64_t id = number(member(json, "id"));
  require(id <= INT32_MAX, "a weight is out of range");
  weight.id = static_cast<std::int32_t>(id);
  for (const Json& layout : list(member(json, "layouts"), kMaxLayouts))
    weight.layouts.push_back(layout_from(layout, data));
  for (const Json& input : list(member(json, "inputs"), kMaxInputs))
    weight.inputs.push_back(input_from(input));
  const auto optional = [&](const char* key) -> std::optional<StoredLayout> {
    if (!json.contains(key)) return std::nullopt;
    return layout_from(json.at(key), data);
  };
  weight.winograd = optional("winograd");
  weight.plain = optional("plain");
  weight.scales = optional("scales");
  return weight;
}

void check_layout(const StoredLayout& layout, bool packed, io::Dtype dtype, const Shape& shape) {
  require(layout.descriptor.empty() != packed, "a layout is not of its kind");
  require(layout.dtype == dtype, "a layout is of another type");
  require(layout.shape == shape, "a layout is of another shape");
}

void check_matrix(const StoredWeight& weight, const PackableWeight& wanted) {
  require(weight.layouts.size() == 1 && weight.inputs.empty() && !weight.winograd &&
              !weight.plain && !weight.scales,
          "a matrix is not one layout");
  check_layout(weight.layouts.front(), true, wanted.dtype, wanted.shape);
}

void check_kernel(const StoredWeight& weight, const PackableWeight& wanted) {
  require(!weight.layouts.empty() || (weight.plain && weight.winograd), "a kernel has no layout");
  require(!weight.scales, "a kernel has scales");
  for (const StoredLayout& layout : weight.layouts)
    check_layout(layout, true, wanted.dtype, wanted.shape);
  for (const StoredInput& input : weight.inputs)
    require(input.layout < weight.layouts.size() && input.size[1] == wanted.shape[1],
            "an input asks for a layout that is not there");
  if (weight.plain) check_layout(*weight.plain, false, wanted.dtype, wanted.shape);
  if (weight.winograd) {
    require(wanted.dtype == io::Dtype::f32, "a kernel is of another type");
    check_layout(*weight.winograd, false, io::Dtype::f32,
                 {kernels::kWinogradPoints, wanted.shape[1], wanted.shape[0]});
  }
}

std::int64_t count_of(const Shape& shape) {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

void check_quantized(const StoredWeight& weight, const PackableWeight& wanted) {
  require(weight.layouts.size() == 1 && weight.inputs.empty() && !weight.winograd &&
              !weight.plain && weight.scales,
          "a weight in 8 bits is not one layout and its scales");
  const std::int64_t outputs = wanted.shape.front();
  check_layout(weight.layouts.front(), true, io::Dtype::i8,
               {count_of(wanted.shape) / outputs, outputs});
  check_layout(*weight.scales, false, io::Dtype::f32, {outputs});
}

void check_form(const StoredWeight& weight, const PackableWeight& wanted) {
  switch (wanted.form) {
    case PackedForm::matrix:
      return check_matrix(weight, wanted);
    case PackedForm::kernel:
      return check_kernel(weight, wanted);
    case PackedForm::quantized:
      return check_quantized(weight, wanted);
  }
}

}  // namespace

std::string to_text(const PackedIndex& index) {
  Json weights = Json::array();
  for (const StoredWeight& weight : index.weights) weights.push_back(to_json(weight));
  return Json{{"key", index.key}, {"weights", std::move(weights)}}.dump();
}

PackedIndex read_packed_index(std::string_view text, std::uint64_t data_bytes,
                              std::span<const PackableWeight> packable) {
  const Json json = io::parse_json(text, "packed weights: the index", kLimits);
  PackedIndex index{.key = text_of(member(json, "key")), .weights = {}};
  Data data{.begin = 0, .end = data_bytes};
  for (const Json& stored : list(member(json, "weights"), packable.size())) {
    StoredWeight weight = weight_from(stored, data);
    const auto wanted = std::ranges::find(packable, weight.id, &PackableWeight::id);
    require(wanted != packable.end(), "a weight is not one that can be packed");
    require(index.weights.empty() || index.weights.back().id < weight.id,
            "weights are not in their order");
    check_form(weight, *wanted);
    index.weights.push_back(std::move(weight));
  }
  return index;
}

}  // namespace latentrt::nn
