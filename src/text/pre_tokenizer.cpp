#include "text/pre_tokenizer.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "text/unicode.hpp"

namespace latentrt::text {
namespace {

using Points = std::span<const std::int32_t>;

constexpr std::array<std::string_view, 7> kContractions{"'s", "'t",  "'re", "'ve",
                                                        "'m", "'ll", "'d"};

/// CLIP's splitting rule contains these two whatever the special tokens are, and then splits them
/// like any other text. The remaining effect of the first rule is that the last piece of a marker
/// does not include any of the text after it.
constexpr std::array<std::string_view, 2> kMarkers{"<|startoftext|>", "<|endoftext|>"};
constexpr std::size_t kBracketLength = 2;

bool starts_with(Points points, std::string_view text) {
  return points.size() >= text.size() && std::equal(text.begin(), text.end(), points.begin(),
                                                    [](char a, std::int32_t b) { return a == b; });
}

bool is_other(std::int32_t point) {
  return !is_letter(point) && !is_numeral(point) && !is_white_space(point);
}

std::size_t run_length(Points points, bool (*belongs)(std::int32_t)) {
  return static_cast<std::size_t>(std::find_if_not(points.begin(), points.end(), belongs) -
                                  points.begin());
}

/// Number of code points of the piece at the front, which does not start with white space.
std::size_t piece_length(Points points) {
  for (const std::string_view contraction : kContractions) {
    if (starts_with(points, contraction)) return contraction.size();
  }
  if (is_letter(points.front())) return run_length(points, is_letter);
  return is_numeral(points.front()) ? 1 : run_length(points, is_other);
}

/// Collects pieces from the front of a text.
class Splitter {
 public:
  explicit Splitter(Points text) : rest_(text) {}

  std::vector<std::string> split() {
    while (!rest_.empty()) step();
    return std::move(words_);
  }

 private:
  void step() {
    if (is_white_space(rest_.front())) {
      rest_ = rest_.subspan(1);
      return;
    }
    for (const std::string_view marker : kMarkers) {
      if (starts_with(rest_, marker)) return take_marker(marker.size());
    }
    take(piece_length(rest_));
  }

  void take_marker(std::size_t length) {
    take(kBracketLength);
    take(length - 2 * kBracketLength);
    take(kBracketLength);
  }

  void take(std::size_t length) {
    std::string& word = words_.emplace_back();
    for (const std::int32_t point : rest_.first(length)) append_utf8(word, point);
    rest_ = rest_.subspan(length);
  }

  Points rest_;
  std::vector<std::string> words_;
};

}  // namespace

std::vector<std::string> split_words(std::string_view text) {
  return Splitter(code_points(text)).split();
}

}  // namespace latentrt::text
