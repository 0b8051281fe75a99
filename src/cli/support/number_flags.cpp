#include "cli/support/number_flags.hpp"

#include <fmt/format.h>

#include <cctype>
#include <latentrt/error.hpp>
#include <random>
#include <string_view>

#include "cli/support/decimal.hpp"

namespace latentrt::cli {
namespace {

constexpr std::size_t kShown = 40;

[[noreturn]] void refuse(std::string_view flag, std::string_view text, std::string_view expected) {
  throw Error(Code::invalid_argument,
              fmt::format("{}: \"{}\" is not {}", flag, text.substr(0, kShown), expected));
}

/// Empty for a valid number of the type, else the error.
template <class Number>
std::string check_decimal(const std::string& text) {
  if (parse_decimal<Number>(text)) return "";
  return fmt::format("\"{}\" is not a {} decimal number", text.substr(0, kShown),
                     std::is_floating_point_v<Number> ? "finite"
                     : std::is_signed_v<Number>       ? "whole"
                                                      : "whole and not negative");
}

/// Selects the check by the type that CLI11 found for the option's variable.
void check_numbers_of(CLI::Option& option) {
  const std::string type = option.get_type_name();
  if (type.starts_with("UINT"))
    option.check(check_decimal<std::uint64_t>);
  else if (type.starts_with("INT"))
    option.check(check_decimal<std::int64_t>);
  else if (type.starts_with("FLOAT"))
    option.check(check_decimal<double>);
}

Seed parse_seed(const std::string& text) {
  if (text == "-1") return {.value = std::random_device{}(), .drawn = true};
  const auto value = parse_decimal<std::uint64_t>(text);
  if (!value)
    refuse("--seed", text, "a whole decimal number from 0 to 18446744073709551615, nor -1");
  return {.value = *value};
}

std::uint64_t parse_bytes(const std::string& flag, const std::string& text) {
  constexpr std::string_view kUnits = "KMGT";
  double unit = 1;
  std::string_view digits = text;
  if (!digits.empty()) {
    const auto at = kUnits.find(static_cast<char>(std::toupper(digits.back())));
    if (at != kUnits.npos) {
      unit = std::ldexp(1.0, 10 * (static_cast<int>(at) + 1));
      digits.remove_suffix(1);
    }
  }
  const auto number = parse_decimal<double>(digits);
  if (!number || *number * unit < 1 || *number * unit >= 0x1p64)
    refuse(flag, text, "a number of bytes above 0, such as 500000000, 800M or 1.5G");
  return static_cast<std::uint64_t>(*number * unit);
}

}  // namespace

void read_numbers_strictly(CLI::App& app) {
  for (CLI::Option* option : app.get_options()) check_numbers_of(*option);
  for (CLI::App* command : app.get_subcommands({})) read_numbers_strictly(*command);
}

CLI::Option* add_seed(CLI::App& app, Seed& seed, const std::string& what) {
  const auto parse = [&seed](const std::string& text) { seed = parse_seed(text); };
  return app
      .add_option_function<std::string>("-s,--seed", parse, what + "; -1 draws one and prints it")
      ->type_name("NUMBER")
      ->default_str("0");
}

void announce(const Seed& seed, int processes, bool quiet) {
  if (!seed.drawn) return;
  if (processes > 1) {
    throw Error(Code::invalid_argument,
                "--seed -1: each rank would draw a different seed; give all of them the same one");
  }
  if (!quiet) fmt::print(stderr, "seed {}\n", seed.value);
}

CLI::Option* add_bytes(CLI::App& app, const std::string& flag, std::uint64_t& bytes,
                       const std::string& help) {
  const auto parse = [flag, &bytes](const std::string& text) { bytes = parse_bytes(flag, text); };
  return app.add_option_function<std::string>(flag, parse, help)->type_name("BYTES");
}

}  // namespace latentrt::cli
