#include "io/json.hpp"

#include <unordered_set>
#include <utility>

#include "base/fail.hpp"
#include "base/input_file.hpp"
#include "base/quote.hpp"
#include "io/file_kind.hpp"
#include "io/json_events.hpp"

namespace latentrt::io {
namespace {

using Json = nlohmann::ordered_json;

/// Builds the document.
class StrictBuilder final : public JsonEvents {
 public:
  using JsonEvents::JsonEvents;

  Json take() { return std::move(root_); }

 private:
  struct Level {
    Json* container;
    std::string key = {};
    std::unordered_set<std::string> keys = {};
  };

  bool on_scalar(Json value) override {
    place(std::move(value));
    return true;
  }

  bool on_open(bool object) override {
    levels_.push_back({.container = place(object ? Json::object() : Json::array())});
    return true;
  }

  bool on_close() override {
    levels_.pop_back();
    return true;
  }

  bool on_key(std::string& name) override {
    if (!levels_.back().keys.insert(name).second)
      return stop(fmt::format("repeats key {}", quote(name)));
    levels_.back().key = std::move(name);
    return true;
  }

  /// Appends without the linear search of an ordered map: repeated keys have already been refused.
  Json* place(Json value) {
    if (levels_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    Json& container = *levels_.back().container;
    if (container.is_array()) {
      container.push_back(std::move(value));
      return &container.back();
    }
    auto& members = container.get_ref<Json::object_t&>();
    members.push_back({std::move(levels_.back().key), std::move(value)});
    return &members.back().second;
  }

  Json root_;
  std::vector<Level> levels_;
};

}  // namespace

Json parse_json(std::string_view text, std::string_view what, const JsonLimits& limits) {
  StrictBuilder builder(limits);
  parse_json_events(text, what, limits, builder);
  return builder.take();
}

std::string read_text_file(const std::filesystem::path& path, std::size_t max_bytes) {
  const InputFile file(path);
  if (file.size() > max_bytes) {
    fail(Code::bad_file, "{} has {} bytes; at most {} are read", path.string(), file.size(),
         max_bytes);
  }
  std::string text(static_cast<std::size_t>(file.size()), '\0');
  file.read(0, std::as_writable_bytes(std::span(text)));
  refuse_other_text(text, path);
  return text;
}

}  // namespace latentrt::io
