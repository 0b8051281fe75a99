#pragma once
/// JSON from untrusted files: bounded depth, size and number of values, no duplicate keys, typed
/// access with ranges.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace latentrt::io {

struct JsonLimits {
  std::size_t max_bytes = 16u << 20;
  int max_depth = 16;
  std::size_t max_string = 64u << 10;
  std::size_t max_values = 4'000'000;  ///< limits the memory, which is many times that of the text
};

/// Parses strictly (UTF-8, no duplicates, no trailing bytes, finite numbers). `what` names the text
/// in error sentences.
nlohmann::ordered_json parse_json(std::string_view text, std::string_view what,
                                  const JsonLimits& limits = {});

/// Reads a regular file (no FIFO, device or directory) of at most max_bytes.
std::string read_text_file(const std::filesystem::path& file, std::size_t max_bytes);

/// One JSON object of a model (config.json, scheduler_config.json) with its name for error
/// sentences. Getters return the fallback if the key is absent or null, and throw
/// Error(invalid_argument) that names file, key and value if the type is wrong or the value is out
/// of range.
class Config {
 public:
  static Config load(const std::filesystem::path& file);
  static Config from_text(std::string_view text, std::string_view name);

  const std::string& name() const noexcept { return name_; }
  bool has(std::string_view key) const;  ///< present and not null

  /// The value as compact JSON ("[1,2]"); "" if absent or null.
  std::string json_text(std::string_view key) const;
  /// As above, for error sentences: truncated if long, "null" if absent.
  std::string shown_text(std::string_view key) const;

  std::int64_t integer(std::string_view key, std::int64_t fallback, std::int64_t min,
                       std::int64_t max) const;
  double number(std::string_view key, double fallback, double min, double max) const;
  bool boolean(std::string_view key, bool fallback) const;
  /// Strings are names of classes and choices: long ones and control characters are refused.
  std::string string(std::string_view key, std::string_view fallback) const;
  std::vector<std::string> strings(std::string_view key, std::vector<std::string> fallback) const;
  std::vector<double> numbers(std::string_view key, std::vector<double> fallback, double min,
                              double max) const;

  /// A list, or a scalar repeated `count` times. Throws if a list's length is not count. The
  /// fallback may hold one value for all.
  std::vector<std::int64_t> integers(std::string_view key, std::vector<std::int64_t> fallback,
                                     std::size_t count, std::int64_t min, std::int64_t max) const;
  /// A list of any length from 1 to max_count.
  std::vector<std::int64_t> integer_list(std::string_view key, std::vector<std::int64_t> fallback,
                                         std::size_t max_count, std::int64_t min,
                                         std::int64_t max) const;

  std::vector<std::string> keys() const;  ///< sorted, including keys whose value is null

 private:
  struct Members;

  Config(std::string name, std::shared_ptr<const Members> members);
  const nlohmann::ordered_json* find(std::string_view key) const;  ///< null if absent or null

  std::string name_;
  std::shared_ptr<const Members> members_;
};

}  // namespace latentrt::io
