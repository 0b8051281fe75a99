#pragma once
/// Splits dotted names: "down_blocks.0.resnets.1.conv1.weight".

#include <charconv>
#include <string>
#include <string_view>

namespace latentrt::io {

/// Reads a name from the left.
class NameSegments {
 public:
  explicit NameSegments(std::string_view name) : rest_(name) {}

  /// The next segment; "" after the last.
  std::string_view next() {
    const std::string_view segment = rest_.substr(0, rest_.find('.'));
    rest_.remove_prefix(std::min(segment.size() + 1, rest_.size()));
    return segment;
  }

  /// The next segment as an integer; -1 if it is not one.
  int next_number() {
    const std::string_view segment = next();
    int number = -1;
    std::from_chars(segment.data(), segment.data() + segment.size(), number);
    return number;
  }

  std::string_view rest() const noexcept { return rest_; }

 private:
  std::string_view rest_;
};

}  // namespace latentrt::io
