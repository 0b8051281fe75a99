#pragma once
/// Typed options of an accelerator's spec.

#include <latentrt/spec.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace latentrt::accel {

/// Every getter notes its key, so that finish() can name those that nobody asked for. All throw Error(invalid_argument)
/// that names accelerator, key and value.
class SpecReader {
 public:
  explicit SpecReader(const Spec& spec) : spec_(spec) {}

  /// Whether a valid key was given.
  bool has(const std::string& key) { return find(key) != nullptr; }
  std::string text(const std::string& key, std::string_view fallback);
  /// One of a few words in lower case, given in any.
  std::string choice(const std::string& key, std::string_view fallback,
                     const std::vector<std::string>& choices);
  int integer(const std::string& key, int fallback, int min, int max);
  double number(const std::string& key, double fallback, double min, double max);
  /// Whole numbers separated by '/'; empty when absent.
  std::vector<int> integers(const std::string& key, int min, int max);

  /// Throws Error(invalid_argument) that lists the valid keys when another was given.
  void finish() const;

 private:
  const std::string* find(const std::string& key);
  [[noreturn]] void refuse(const std::string& key, std::string_view expected) const;

  const Spec& spec_;
  std::set<std::string> keys_;
};

}  // namespace latentrt::accel
