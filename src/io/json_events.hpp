#pragma once
/// Common part of all readers of untrusted JSON: limits are checked while the text is parsed, so
/// that a hostile file is refused before it costs memory.

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "io/json.hpp"

namespace latentrt::io {

/// The parser's events, checked and passed on to a reader. The parser stops at the first handler
/// that returns false. It keeps its own stack on the heap, so deep nesting costs depth checks, not
/// call frames.
class JsonEvents : public nlohmann::json_sax<nlohmann::ordered_json> {
 public:
  using Json = nlohmann::ordered_json;

  explicit JsonEvents(const JsonLimits& limits) : limits_(limits) {}

  /// Why the parser stopped: the predicate of a sentence.
  const std::string& problem() const noexcept { return problem_; }
  /// Number of values so far, containers included.
  std::size_t values() const noexcept { return values_; }

  bool null() final { return scalar(nullptr); }
  bool boolean(bool value) final { return scalar(value); }
  bool number_integer(number_integer_t value) final { return scalar(value); }
  bool number_unsigned(number_unsigned_t value) final { return scalar(value); }
  bool number_float(number_float_t value, const string_t&) final { return scalar(value); }
  bool string(string_t& value) final {
    return short_enough(value) && scalar(Json(std::move(value)));
  }
  bool binary(binary_t&) final { return stop("holds binary data"); }
  bool start_object(std::size_t) final { return open(true); }
  bool end_object() final { return close(); }
  bool start_array(std::size_t) final { return open(false); }
  bool end_array() final { return close(); }
  bool key(string_t& name) final { return short_enough(name) && on_key(name); }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception&) final;

 protected:
  /// Returns true to continue parsing.
  virtual bool on_scalar(Json value) = 0;
  virtual bool on_open(bool object) = 0;
  virtual bool on_close() = 0;
  virtual bool on_key(std::string& name) = 0;

  /// Returns false; the first problem is kept.
  bool stop(std::string problem);
  /// Number of containers around the current value; in on_open(), without the one that opens.
  int depth() const noexcept { return depth_; }

 private:
  bool short_enough(const std::string& text);
  bool few_enough();
  bool scalar(Json value) { return few_enough() && on_scalar(std::move(value)); }
  bool open(bool object);
  bool close();

  const JsonLimits limits_;
  std::size_t values_ = 0;
  int depth_ = 0;
  std::string problem_;
};

/// Throws Error(bad_file) that begins with `what`: for a text that is too long, is not UTF-8,
/// begins with a byte order mark or contains a NUL byte, and for what the reader or the parser
/// refuses.
void parse_json_events(std::string_view text, std::string_view what, const JsonLimits& limits,
                       JsonEvents& reader);

}  // namespace latentrt::io
