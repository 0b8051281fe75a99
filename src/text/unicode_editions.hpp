#pragma once
/// CLIP's reference tokenizer takes its character data from several editions of Unicode:
/// composition from an old one (10), letters and numerals from 16, lower case from 17. The Unicode
/// library of the system has a single edition (15.0 in Debian 12). These tables contain the
/// differences that change token ids.

#include <cstdint>
#include <optional>

namespace latentrt::text {

/// Letters (category L) and numerals (category N) of 15.1 and 16.
bool is_newer_letter(std::int32_t point);
bool is_newer_numeral(std::int32_t point);

/// The lower case of capitals of 15.1 to 17.
std::optional<std::int32_t> newer_lower_case(std::int32_t point);

/// Marks that got a combining class after edition 10: they neither move nor compose, and no mark
/// moves across them.
bool is_newer_mark(std::int32_t point);

}  // namespace latentrt::text
