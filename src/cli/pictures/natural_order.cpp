#include "cli/pictures/natural_order.hpp"

#include <algorithm>
#include <compare>

namespace latentrt::cli {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view without_zeros(std::string_view digits) {
  return digits.substr(std::min(digits.find_first_not_of('0'), digits.size()));
}

/// Removes and returns a run of digits, or one other character, from the front.
std::string_view take_part(std::string_view& name) {
  const auto end = std::find_if_not(name.begin(), name.end(), is_digit);
  const auto size = std::max<std::size_t>(1, static_cast<std::size_t>(end - name.begin()));
  const std::string_view part = name.substr(0, size);
  name.remove_prefix(size);
  return part;
}

std::weak_ordering compare(std::string_view a, std::string_view b) {
  if (!is_digit(a.front()) || !is_digit(b.front())) return a <=> b;
  a = without_zeros(a);
  b = without_zeros(b);
  return a.size() != b.size() ? std::weak_ordering(a.size() <=> b.size()) : a <=> b;
}

}  // namespace

bool natural_less(std::string_view a, std::string_view b) {
  std::string_view rest_a = a, rest_b = b;
  while (!rest_a.empty() && !rest_b.empty()) {
    const std::weak_ordering order = compare(take_part(rest_a), take_part(rest_b));
    if (order != 0) return order < 0;
  }
  if (rest_a.empty() != rest_b.empty()) return rest_a.empty();
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

}  // namespace latentrt::cli
