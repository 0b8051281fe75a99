#pragma once
/// Configuration fields that several networks read in the same way.

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "io/json.hpp"

namespace latentrt::models {

/// A list of channel counts (1 to 8 levels), each divisible by the number of norm groups.
std::vector<std::int64_t> channel_list(const io::Config& config, std::string_view key,
                                       std::vector<std::int64_t> fallback, int groups);

/// For each of `count` levels, whether its block has the type `with` rather than `without`. Throws
/// Error for other types (unsupported) and other counts (invalid_argument).
std::vector<bool> block_flags(const io::Config& config, std::string_view key,
                              std::vector<std::string> fallback, std::size_t levels,
                              std::string_view with, std::string_view without);

/// Throws Error(unsupported) unless the activation is SiLU, under either of its names, or unset.
void require_silu(const io::Config& config, std::string_view key);

/// A field for which only one value is supported, as JSON text ("silu", "false", "1.0"); "" means
/// absent or null.
struct NeutralField {
  std::string_view key;
  std::string_view value;
};

/// Throws Error(unsupported) that names the first field that is present with another value.
void require_neutral(const io::Config& config, std::initializer_list<NeutralField> fields);

}  // namespace latentrt::models
