#include "io/safetensors/safetensors_header.hpp"

#include <algorithm>
#include <functional>
#include <optional>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/fail.hpp"
#include "base/quote.hpp"
#include "io/json_events.hpp"
#include "io/safetensors/safetensors_entry.hpp"

namespace latentrt::io {
namespace {

/// Strings may be as long as the header, which is limited itself.
constexpr JsonLimits kHeaderLimits{
    .max_bytes = 100'000'000, .max_depth = 4, .max_string = SIZE_MAX, .max_values = SIZE_MAX};
constexpr std::string_view kMetadata = "__metadata__";

/// Collects the tensors of a header; everything else is checked and not kept.
class HeaderReader final : public JsonEvents {
 public:
  HeaderReader(std::string_view what, const HeaderLimits& limits)
      : JsonEvents(kHeaderLimits), what_(what), header_limits_(limits) {}

  std::map<std::string, TensorInfo> take() { return std::move(tensors_); }
  /// Stores metadata in `dst`; without a destination it is not kept.
  void keep_metadata(std::map<std::string, std::string>& dst) { kept_ = &dst; }

 private:
  enum class Within { header, tensor, metadata };

  bool on_key(std::string& name) override {
    if (within_ == Within::tensor) {
      if (depth() == 2) entry_->key(name);
      return true;
    }
    return within_ == Within::header ? member(name) : metadata_member(name);
  }

  bool member(std::string& name) {
    metadata_is_next_ = name == kMetadata;
    if (metadata_is_next_) return !std::exchange(metadata_met_, true) || repeats(name);
    if (tensors_.size() == header_limits_.max_tensors)
      return stop(fmt::format("names more than {} tensors", header_limits_.max_tensors));
    if (tensors_.contains(name)) return repeats(name);
    entry_.emplace(what_, std::move(name));
    return true;
  }

  bool metadata_member(std::string& name) {
    if (metadata_names_.size() == header_limits_.max_metadata)
      return stop(fmt::format("has more than {} entries of metadata", header_limits_.max_metadata));
    if (!metadata_names_.insert(std::hash<std::string>()(name)).second) return repeats(name);
    metadata_name_ = std::move(name);
    return true;
  }

  bool repeats(const std::string& name) { return stop(fmt::format("repeats key {}", quote(name))); }

  bool on_open(bool object) override {
    if (depth() == 0) return true;  // the header itself, which begins with a brace
    if (within_ == Within::metadata) refuse_metadata_value();
    if (within_ == Within::tensor) {
      entry_->open(object, depth() - 1);
      return true;
    }
    if (metadata_is_next_) {
      if (!object) refuse_metadata();
      within_ = Within::metadata;
      return true;
    }
    entry_->begin(object);
    within_ = Within::tensor;
    return true;
  }

  bool on_scalar(Json value) override {
    if (within_ == Within::metadata) {
      if (!value.is_string()) refuse_metadata_value();
      if (kept_ != nullptr) kept_->emplace(metadata_name_, value.get_ref<std::string&>());
    } else if (within_ == Within::tensor) {
      entry_->scalar(value, depth() - 1);
    } else if (metadata_is_next_) {
      refuse_metadata();
    } else {
      entry_->begin(false);
    }
    return true;
  }

  bool on_close() override {
    if (depth() != 1) return true;
    if (within_ == Within::tensor) {
      TensorInfo info = entry_->finish();
      tensors_.emplace(entry_->name(), std::move(info));
    }
    within_ = Within::header;
    return true;
  }

  [[noreturn]] void refuse_metadata() const {
    fail(Code::bad_file, "{}: {} is not an object", what_, kMetadata);
  }
  [[noreturn]] void refuse_metadata_value() const {
    fail(Code::bad_file, "{}: {} {} is not a string", what_, kMetadata, quote(metadata_name_));
  }

  std::string_view what_;
  HeaderLimits header_limits_;
  Within within_ = Within::header;
  std::optional<SafetensorsEntry> entry_;
  std::map<std::string, TensorInfo> tensors_;
  bool metadata_is_next_ = false, metadata_met_ = false;
  std::string metadata_name_;
  std::unordered_set<std::size_t> metadata_names_;  ///< hashes: the names may be long
  std::map<std::string, std::string>* kept_ = nullptr;
};

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
           info->begin < position ? "it overlaps another" : "there is a gap before it");
    }
    position = info->end;
    if (position > data_bytes)
      fail(Code::bad_file, "{}: tensor {} ends beyond the end of the file", what, quote(*name));
  }
  if (position != data_bytes) {
    fail(Code::bad_file, "{}: the tensors take {} bytes, but the file holds {}", what, position,
         data_bytes);
  }
}

/// Without the padding that the format allows.
std::string_view object_of(std::string_view text, std::string_view what) {
  if (!text.starts_with('{')) fail(Code::bad_file, "{}: the header does not start with '{{'", what);
  const std::size_t last = text.find_last_not_of(' ');
  if (text[last] != '}')
    fail(Code::bad_file, "{}: the header does not end with '}}' and spaces", what);
  return text.substr(0, last + 1);
}

void parse(std::string_view text, std::string_view what, HeaderReader& reader) {
  parse_json_events(object_of(text, what), fmt::format("{}: the header", what), kHeaderLimits,
                    reader);
}

}  // namespace

std::map<std::string, TensorInfo> parse_safetensors_header(std::string_view text,
                                                           std::uint64_t data_bytes,
                                                           std::string_view what,
                                                           const HeaderLimits& limits) {
  HeaderReader reader(what, limits);
  parse(text, what, reader);
  auto tensors = reader.take();
  check_tiling(tensors, data_bytes, what);
  return tensors;
}

std::map<std::string, std::string> parse_safetensors_metadata(std::string_view text,
                                                              std::string_view what) {
  std::map<std::string, std::string> metadata;
  HeaderReader reader(what, {});
  reader.keep_metadata(metadata);
  parse(text, what, reader);
  return metadata;
}

}  // namespace latentrt::io
