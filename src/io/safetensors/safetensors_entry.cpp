#include "io/safetensors/safetensors_entry.hpp"

#include <utility>

#include "base/fail.hpp"
#include "base/quote.hpp"
#include "base/utf8.hpp"
#include "io/shape.hpp"

namespace latentrt::io {
namespace {

constexpr std::size_t kMaxNameBytes = 4096;
constexpr std::size_t kMaxRank = 8;
constexpr std::uint64_t kMaxExtent = INT32_MAX;
constexpr int kKeys = 3;

}  // namespace

SafetensorsEntry::SafetensorsEntry(std::string_view what, std::string name)
    : what_(what), name_(std::move(name)) {
  check_name();
}

void SafetensorsEntry::refuse(std::string_view problem) const {
  fail(Code::bad_file, "{}: tensor {} {}", what_, quote(name_), problem);
}

void SafetensorsEntry::refuse_keys() const {
  refuse("does not have exactly the keys dtype, shape and data_offsets");
}

void SafetensorsEntry::check_name() const {
  if (name_.empty()) refuse("has no name");
  if (name_.size() > kMaxNameBytes) refuse(fmt::format("has a name of {} bytes", name_.size()));
  if (has_control_characters(name_)) refuse("has control characters in its name");
}

void SafetensorsEntry::begin(bool object) {
  if (!object) refuse_keys();
}

void SafetensorsEntry::key(const std::string& key) {
  if (++keys_ > kKeys) refuse_keys();
  const auto meet = [&](Key which, bool repeated) {
    if (repeated) refuse(fmt::format("repeats key {}", quote(key)));
    key_ = which;
  };
  if (key == "dtype") return meet(Key::dtype, dtype_.has_value());
  if (key == "shape") return meet(Key::shape, shape_.has_value());
  if (key == "data_offsets") return meet(Key::offsets, offsets_.has_value());
  key_ = Key::unknown;
}

void SafetensorsEntry::refuse_kind(bool object) const {
  if (key_ == Key::dtype) refuse("has a dtype that is not a string");
  if (key_ == Key::shape)
    refuse(fmt::format("has a shape that is not a list of at most {} integers", kMaxRank));
  refuse(object ? "has data_offsets that are not two numbers, but an object"
                : "has data_offsets that are not two numbers");
}

void SafetensorsEntry::scalar(const Json& value, int depth) {
  if (key_ == Key::unknown) return;
  if (key_ == Key::dtype) return take_dtype(value);
  if (depth == 1) refuse_kind(false);
  if (key_ == Key::shape) return take_extent(value);
  take_offset(value);
}

/// Only lists of integers, not nested.
void SafetensorsEntry::open(bool object, int depth) {
  if (key_ == Key::unknown) return;
  if (depth > 1) number({}, key_ == Key::shape ? "shape" : "data_offsets");
  if (object || key_ == Key::dtype) refuse_kind(object);
  if (key_ == Key::shape) shape_.emplace();
  if (key_ == Key::offsets) offsets_.emplace();
}

std::uint64_t SafetensorsEntry::number(const Json& value, const char* key) const {
  if (!value.is_number_unsigned())
    refuse(fmt::format("has a {} entry that is not a non-negative integer", key));
  return value.get<std::uint64_t>();
}

void SafetensorsEntry::take_dtype(const Json& value) {
  if (!value.is_string()) refuse_kind(false);
  try {
    dtype_ = dtype_from_name(value.get_ref<const std::string&>());
  } catch (const Error& error) {
    refuse(fmt::format("has an {}", error.what()));
  }
}

void SafetensorsEntry::take_extent(const Json& value) {
  const std::uint64_t extent = number(value, "shape");
  if (extent > kMaxExtent)
    refuse(fmt::format("has extent {}; at most {} is allowed", extent, kMaxExtent));
  if (shape_->size() == kMaxRank) refuse_kind(false);
  shape_->push_back(static_cast<std::int64_t>(extent));
}

void SafetensorsEntry::take_offset(const Json& value) {
  if (offsets_->size() == 2) refuse_kind(false);
  offsets_->push_back(number(value, "data_offsets"));
}

TensorInfo SafetensorsEntry::finish() {
  if (keys_ != kKeys) refuse_keys();
  const auto require = [&](bool there, const char* key) {
    if (!there) refuse(fmt::format("lacks {}", key));
  };
  require(dtype_.has_value(), "dtype");
  require(shape_.has_value(), "shape");
  require(offsets_.has_value(), "data_offsets");
  if (offsets_->size() != 2) refuse_kind(false);
  TensorInfo info{*dtype_, *std::move(shape_), offsets_->front(), offsets_->back()};
  if (info.begin > info.end) refuse("has data_offsets that end before they begin");
  check_size(info);
  return info;
}

void SafetensorsEntry::check_size(const TensorInfo& info) const {
  const auto bytes = checked_bytes(info.shape, size_of(info.dtype));
  if (!bytes)
    refuse(fmt::format("has shape [{}], whose size overflows", fmt::join(info.shape, ",")));
  if (info.bytes() != *bytes) {
    refuse(fmt::format("has {} bytes; shape [{}] of {} needs {}", info.bytes(),
                       fmt::join(info.shape, ","), name_of(info.dtype), *bytes));
  }
}

}  // namespace latentrt::io
