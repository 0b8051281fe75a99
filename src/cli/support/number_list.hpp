#pragma once
/// Lists of numbers on the command line: "999,749,500".

#include <fmt/format.h>

#include <latentrt/error.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "cli/support/decimal.hpp"

namespace latentrt::cli {

/// Parses every entry by parse_decimal(). Throws Error(invalid_argument) that names flag and entry.
template <class Number>
std::vector<Number> parse_number_list(std::string_view flag, std::string_view text) {
  constexpr std::size_t kShown = 40;
  std::vector<Number> numbers;
  while (true) {
    const std::string_view entry = text.substr(0, text.find(','));
    const auto number = parse_decimal<Number>(entry);
    if (!number) {
      throw Error(Code::invalid_argument,
                  fmt::format("{}: \"{}\" is not a number; expected a list such as 3,2,1", flag,
                              entry.substr(0, kShown)));
    }
    numbers.push_back(*number);
    if (entry.size() == text.size()) return numbers;
    text.remove_prefix(entry.size() + 1);
  }
}

}  // namespace latentrt::cli
