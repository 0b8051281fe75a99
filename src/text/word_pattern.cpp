#include "text/word_pattern.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "text/unicode.hpp"

namespace latentrt::text {
namespace {

using Points = std::span<const std::int32_t>;

constexpr std::array kPatterns{
    // GPT-2
    WordPattern{R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)",
                false, 0},
    // cl100k, Llama 3
    WordPattern{
        R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
        true, 3},
    // Qwen 2, Dream
    WordPattern{
        R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
        true, 1},
    // LLaDA
    WordPattern{
        R"('(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+)",
        true, 1}};

constexpr std::array<std::string_view, 7> kContractions{"'s", "'t",  "'re", "'ve",
                                                        "'m", "'ll", "'d"};

bool is_line_end(std::int32_t point) { return point == '\r' || point == '\n'; }

bool is_other(std::int32_t point) {
  return !is_letter(point) && !is_numeral(point) && !is_white_space(point);
}

/// Capitals of the contractions, and the long s, which is an s in any case.
std::int32_t lower(std::int32_t point) {
  constexpr std::int32_t kLongS = 0x17F;
  if (point == kLongS) return 's';
  return point >= 'A' && point <= 'Z' ? point - 'A' + 'a' : point;
}

std::size_t bytes_of(std::int32_t point) {
  return point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
}

/// The length of the word at the front of a text, by the first rule that matches.
class Scanner {
 public:
  Scanner(Points text, const WordPattern& pattern) : text_(text), pattern_(pattern) {}

  std::size_t word() const {
    if (const std::size_t length = contraction()) return length;
    if (const std::size_t length = letters()) return length;
    if (const std::size_t length = numerals()) return length;
    if (const std::size_t length = others()) return length;
    return white_space();
  }

 private:
  std::size_t run(std::size_t begin, bool (*belongs)(std::int32_t)) const {
    const auto first = text_.begin() + static_cast<std::ptrdiff_t>(std::min(begin, text_.size()));
    return static_cast<std::size_t>(std::find_if_not(first, text_.end(), belongs) - first);
  }

  bool starts_with(std::string_view word) const {
    return text_.size() >= word.size() &&
           std::equal(word.begin(), word.end(), text_.begin(),
                      [&](char a, std::int32_t b) { return a == (pattern_.newer ? lower(b) : b); });
  }

  std::size_t contraction() const {
    const auto found =
        std::ranges::find_if(kContractions, [&](auto word) { return starts_with(word); });
    return found == kContractions.end() ? 0 : found->size();
  }

  /// A run after at most one other character, which `leads`.
  std::size_t after(bool leads, bool (*belongs)(std::int32_t)) const {
    const std::size_t begin = leads ? 1 : 0, length = run(begin, belongs);
    return length == 0 ? 0 : begin + length;
  }

  bool begins_with_space() const { return text_.front() == ' '; }

  std::size_t letters() const {
    const std::int32_t first = text_.front();
    const bool leads = pattern_.newer
                           ? !is_line_end(first) && !is_letter(first) && !is_numeral(first)
                           : begins_with_space();
    return after(leads, is_letter);
  }

  std::size_t numerals() const {
    if (pattern_.digits == 0) return after(begins_with_space(), is_numeral);
    return std::min(run(0, is_numeral), static_cast<std::size_t>(pattern_.digits));
  }

  std::size_t others() const {
    const std::size_t length = after(begins_with_space(), is_other);
    return length > 0 && pattern_.newer ? length + run(length, is_line_end) : length;
  }

  /// Up to the last line end; or without the last character, which the next word may begin with.
  std::size_t white_space() const {
    const std::size_t length = run(0, is_white_space);
    if (pattern_.newer) {
      const Points space = text_.first(length);
      const auto last = std::find_if(space.rbegin(), space.rend(), is_line_end);
      if (last != space.rend()) return static_cast<std::size_t>(space.rend() - last);
    }
    return length == text_.size() || length == 1 ? length : length - 1;
  }

  Points text_;
  const WordPattern& pattern_;
};

}  // namespace

const WordPattern& gpt2_pattern() { return kPatterns.front(); }

const WordPattern* find_pattern(std::string_view regex) {
  const auto* const found = std::ranges::find(kPatterns, regex, &WordPattern::regex);
  return found == kPatterns.end() ? nullptr : found;
}

std::vector<std::string_view> split(std::string_view text, const WordPattern& pattern) {
  const std::vector<std::int32_t> points = code_points(text);
  std::vector<std::string_view> words;
  for (Points rest = points; !rest.empty();) {
    const std::size_t length = Scanner(rest, pattern).word();
    std::size_t bytes = 0;
    for (const std::int32_t point : rest.first(length)) bytes += bytes_of(point);
    words.push_back(text.substr(0, bytes));
    text.remove_prefix(bytes);
    rest = rest.subspan(length);
  }
  return words;
}

}  // namespace latentrt::text
