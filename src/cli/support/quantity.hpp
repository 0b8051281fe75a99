#pragma once
/// Numbers with units on the command line: "12us", "5GB/s".

#include <array>
#include <span>
#include <string>
#include <string_view>

namespace latentrt::cli {

struct Unit {
  std::string_view name;
  double size;
};

inline constexpr std::array kTimes{Unit{"s", 1}, Unit{"ms", 1e-3}, Unit{"us", 1e-6},
                                   Unit{"ns", 1e-9}};
inline constexpr std::array kByteRates{Unit{"B/s", 1}, Unit{"kB/s", 1e3}, Unit{"MB/s", 1e6},
                                       Unit{"GB/s", 1e9}, Unit{"TB/s", 1e12}};
inline constexpr std::array kFlopRates{Unit{"FLOP/s", 1}, Unit{"MFLOP/s", 1e6},
                                       Unit{"GFLOP/s", 1e9}, Unit{"TFLOP/s", 1e12},
                                       Unit{"PFLOP/s", 1e15}};

/// The whole text must be a finite, non-negative number and one of the units. Throws
/// Error(invalid_argument) that begins with `name` and lists them.
double parse_quantity(std::string_view name, std::string_view text, std::span<const Unit> units);

}  // namespace latentrt::cli
