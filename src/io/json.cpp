#include "io/json.hpp"

#include <nlohmann/json.hpp>
#include <unordered_set>
#include <utility>

#include "base/fail.hpp"
#include "base/input_file.hpp"
#include "base/quote.hpp"
#include "base/utf8.hpp"

namespace latentrt::io {
namespace {

using Json = nlohmann::ordered_json;

/// Builds the document from parser events and stops at the first thing that a hostile file might
/// contain. The parser behind it keeps its own stack on the heap, so deep nesting costs depth
/// checks, not call frames.
class StrictBuilder final : public nlohmann::json_sax<Json> {
 public:
  explicit StrictBuilder(const JsonLimits& limits) : limits_(limits) {}

  Json take() { return std::move(root_); }
  const std::string& problem() const noexcept { return problem_; }

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override { return add(value); }
  bool number_unsigned(number_unsigned_t value) override { return add(value); }
  bool number_float(number_float_t value, const string_t&) override { return add(value); }
  bool string(string_t& value) override { return short_enough(value) && add(std::move(value)); }
  bool binary(binary_t&) override { return stop("holds binary data"); }
  bool start_object(std::size_t) override { return open(Json::object()); }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return open(Json::array()); }
  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    if (!short_enough(name)) return false;
    if (!levels_.back().keys.insert(name).second)
      return stop(fmt::format("repeats key {}", quote(name)));
    levels_.back().key = std::move(name);
    return true;
  }

  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception&) override {
    return stop(fmt::format("is not valid JSON at byte {}", position));
  }

 private:
  struct Level {
    Json* container;
    std::string key = {};
    std::unordered_set<std::string> keys = {};
  };

  bool stop(std::string problem) {
    if (problem_.empty()) problem_ = std::move(problem);
    return false;
  }

  bool short_enough(const std::string& text) {
    return text.size() <= limits_.max_string ||
           stop(fmt::format("holds a string of {} bytes", text.size()));
  }

  /// Appends without the linear search of an ordered map: repeated keys were refused before.
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

  bool few_enough() {
    return ++values_ <= limits_.max_values ||
           stop(fmt::format("holds more than {} values", limits_.max_values));
  }

  bool add(Json value) {
    if (!few_enough()) return false;
    place(std::move(value));
    return true;
  }

  bool open(Json container) {
    if (static_cast<int>(levels_.size()) >= limits_.max_depth) {
      return stop(fmt::format("is nested deeper than {} levels", limits_.max_depth));
    }
    if (!few_enough()) return false;
    Json* const placed = place(std::move(container));
    levels_.push_back({.container = placed});
    return true;
  }

  bool close() {
    levels_.pop_back();
    return true;
  }

  const JsonLimits& limits_;
  Json root_;
  std::vector<Level> levels_;
  std::size_t values_ = 0;
  std::string problem_;
};

}  // namespace

Json parse_json(std::string_view text, std::string_view what, const JsonLimits& limits) {
  if (text.size() > limits.max_bytes) {
    fail(Code::bad_file, "{} has {} bytes; at most {} are read", what, text.size(),
         limits.max_bytes);
  }
  if (const auto offset = first_invalid_utf8(text))
    fail(Code::bad_file, "{} is not UTF-8 at byte {}", what, *offset);
  if (text.starts_with("\xEF\xBB\xBF"))
    fail(Code::bad_file, "{} starts with a byte order mark", what);
  // The parser takes a NUL for the end of the text, which would let anything hide behind it.
  if (text.find('\0') != std::string_view::npos) fail(Code::bad_file, "{} holds a NUL byte", what);
  StrictBuilder builder(limits);
  if (!Json::sax_parse(text, &builder)) fail(Code::bad_file, "{} {}", what, builder.problem());
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
  return text;
}

}  // namespace latentrt::io
