#include "text/bert_normalizer.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "text/unicode.hpp"

namespace latentrt::text {
namespace {

using Points = std::vector<std::int32_t>;

constexpr std::int32_t kReplacement = 0xFFFD;
/// Unicode blocks of ideographs in BERT's tokenizers.
constexpr std::array<std::pair<std::int32_t, std::int32_t>, 8> kIdeographs{{{0x4E00, 0x9FFF},
                                                                            {0x3400, 0x4DBF},
                                                                            {0x20000, 0x2A6DF},
                                                                            {0x2A700, 0x2B73F},
                                                                            {0x2B740, 0x2B81F},
                                                                            {0x2B920, 0x2CEAF},
                                                                            {0xF900, 0xFAFF},
                                                                            {0x2F800, 0x2FA1F}}};

bool is_ideograph(std::int32_t point) {
  return std::ranges::any_of(kIdeographs, [&](const auto& block) {
    return point >= block.first && point <= block.second;
  });
}

bool is_line_space(std::int32_t point) { return point == '\t' || point == '\n' || point == '\r'; }

/// Control and formatting characters, and private ones.
bool is_control(std::int32_t point) {
  const auto category = utf8proc_category(point);
  return category >= UTF8PROC_CATEGORY_CC && category <= UTF8PROC_CATEGORY_CO &&
         !is_line_space(point);
}

bool is_mark(std::int32_t point) { return utf8proc_category(point) == UTF8PROC_CATEGORY_MN; }

bool is_punctuation(std::int32_t point) {
  const auto category = utf8proc_category(point);
  const bool ascii = (point >= 33 && point <= 47) || (point >= 58 && point <= 64) ||
                     (point >= 91 && point <= 96) || (point >= 123 && point <= 126);
  return ascii || (category >= UTF8PROC_CATEGORY_PC && category <= UTF8PROC_CATEGORY_PO);
}

Points cleaned(const Points& text) {
  Points kept;
  for (const std::int32_t point : text) {
    if (point == 0 || point == kReplacement || is_control(point)) continue;
    kept.push_back(is_white_space(point) ? ' ' : point);
  }
  return kept;
}

Points without_accents(const Points& text) {
  Points kept;
  for (const std::int32_t point : text) {
    std::array<std::int32_t, 8> parts{};  // the longest in Unicode has four
    int unused = 0;
    const auto count = utf8proc_decompose_char(
        point, parts.data(), parts.size(),
        static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_DECOMPOSE), &unused);
    std::copy_if(parts.begin(), parts.begin() + count, std::back_inserter(kept),
                 [](std::int32_t part) { return !is_mark(part); });
  }
  return kept;
}

/// Words between white space; punctuation marks and, if requested, ideographs are separate words.
std::vector<std::string> split(const Points& text, bool ideographs) {
  std::vector<std::string> words;
  bool open = false;
  for (const std::int32_t point : text) {
    const bool alone = is_punctuation(point) || (ideographs && is_ideograph(point));
    if (is_white_space(point)) {
      open = false;
      continue;
    }
    if (!open || alone) words.emplace_back();
    append_utf8(words.back(), point);
    open = !alone;
  }
  return words;
}

}  // namespace

std::vector<std::string> bert_words(std::string_view text, const BertNormalization& settings) {
  Points points = code_points(text);
  if (settings.clean_text) points = cleaned(points);
  if (settings.strip_accents) points = without_accents(points);
  if (settings.lowercase) std::ranges::transform(points, points.begin(), utf8proc_tolower);
  return split(points, settings.handle_chinese_chars);
}

}  // namespace latentrt::text
