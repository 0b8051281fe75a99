#include "text/pre_tokenizer.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "text/unicode.hpp"

namespace latentrt::text {
namespace {

using Points = std::span<const std::int32_t>;

constexpr std::array<std::string_view, 7> kContractions{"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"};

bool starts_with(Points points, std::string_view text) {
  return points.size() >= text.size() &&
         std::equal(text.begin(), text.end(), points.begin(), [](char a, std::int32_t b) { return a == b; });
}

bool is_other(std::int32_t point) { return !is_letter(point) && !is_numeral(point) && !is_white_space(point); }

std::size_t run_length(Points points, bool (*belongs)(std::int32_t)) {
  return static_cast<std::size_t>(std::find_if_not(points.begin(), points.end(), belongs) - points.begin());
}

/// How many code points the piece at the front takes; it does not start with white space.
std::size_t piece_length(Points points) {
  for (const std::string_view contraction : kContractions) {
    if (starts_with(points, contraction)) return contraction.size();
  }
  if (is_letter(points.front())) return run_length(points, is_letter);
  return is_numeral(points.front()) ? 1 : run_length(points, is_other);
}

}  // namespace

std::vector<std::string> split_words(std::string_view text) {
  const std::vector<std::int32_t> all = code_points(text);
  std::vector<std::string> words;
  for (Points rest = all; !rest.empty();) {
    if (is_white_space(rest.front())) {
      rest = rest.subspan(1);
      continue;
    }
    const std::size_t length = piece_length(rest);
    std::string& word = words.emplace_back();
    for (const std::int32_t point : rest.first(length)) append_utf8(word, point);
    rest = rest.subspan(length);
  }
  return words;
}

}  // namespace latentrt::text
