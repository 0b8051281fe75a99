#include "cli/support/quantity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <latentrt/error.hpp>

namespace latentrt::cli {

double parse_quantity(std::string_view name, std::string_view text, std::span<const Unit> units) {
  constexpr std::size_t kShown = 40;
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  const std::string_view unit_name(stop, static_cast<std::size_t>(end - stop));
  const auto unit = std::ranges::find(units, unit_name, &Unit::name);
  if (error == std::errc() && unit != units.end() && std::isfinite(number) && number >= 0)
    return number * unit->size;
  std::string known;
  for (const Unit& each : units) known += fmt::format("{}{}", known.empty() ? "" : ", ", each.name);
  throw Error(Code::invalid_argument,
              fmt::format("{}: \"{}\" is not a number with one of the units {}", name,
                          text.substr(0, kShown), known));
}

}  // namespace latentrt::cli
