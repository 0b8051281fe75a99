#include "text/weighted_prompt.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

namespace latentrt::text {
namespace {

constexpr float kStep = 1.1F;  ///< what a bare pair of brackets multiplies or divides by

/// Reads the prompt once and keeps, for every open bracket, where its spans begin.
class Parser {
 public:
  explicit Parser(std::string_view prompt) : rest_(prompt) {}

  std::vector<WeightedSpan> parse() {
    while (!rest_.empty()) step();
    while (!open_.empty()) close(open_.back().round ? kStep : 1 / kStep);
    flush();
    return std::move(spans_);
  }

 private:
  struct Bracket {
    std::size_t first_span;
    bool round;
  };

  void step() {
    if (rest_.front() == '\\' && rest_.size() > 1 && std::string_view("()[]\\").find(rest_[1]) != std::string_view::npos) {
      text_ += rest_[1];
      rest_.remove_prefix(2);
      return;
    }
    const char c = rest_.front();
    if (c == '(' || c == '[') return open(c == '(');
    if (c == ')' && inside(true)) return take_close(1, kStep);
    if (c == ']' && inside(false)) return take_close(1, 1 / kStep);
    if (c == ':' && inside(true)) {
      if (const auto weight = explicit_weight()) return take_close(weight->first, weight->second);
    }
    text_ += c;
    rest_.remove_prefix(1);
  }

  bool inside(bool round) const { return !open_.empty() && open_.back().round == round; }

  void open(bool round) {
    flush();
    open_.push_back({spans_.size(), round});
    rest_.remove_prefix(1);
  }

  void take_close(std::size_t length, float factor) {
    close(factor);
    rest_.remove_prefix(length);
  }

  void close(float factor) {
    flush();
    for (std::size_t i = open_.back().first_span; i < spans_.size(); ++i) spans_[i].weight *= factor;
    open_.pop_back();
  }

  /// ":1.2)" at the front: its length and the number.
  std::optional<std::pair<std::size_t, float>> explicit_weight() const {
    const std::size_t end = rest_.find(')');
    if (end == std::string_view::npos) return std::nullopt;
    std::string_view number = rest_.substr(1, end - 1);
    while (number.starts_with(' ')) number.remove_prefix(1);
    while (number.ends_with(' ')) number.remove_suffix(1);
    float weight = 0;
    const auto [last, error] = std::from_chars(number.data(), number.data() + number.size(), weight);
    if (error != std::errc{} || last != number.data() + number.size() || !std::isfinite(weight)) return std::nullopt;
    return std::pair(end + 1, weight);
  }

  void flush() {
    if (!text_.empty()) spans_.push_back({std::exchange(text_, {}), 1.0F});
  }

  std::string_view rest_;
  std::string text_;
  std::vector<WeightedSpan> spans_;
  std::vector<Bracket> open_;
};

}  // namespace

std::vector<WeightedSpan> parse_weighted_prompt(std::string_view prompt) {
  std::vector<WeightedSpan> merged;
  for (WeightedSpan& span : Parser(prompt).parse()) {
    const bool same = !merged.empty() && merged.back().weight == span.weight;
    same ? void(merged.back().text += span.text) : merged.push_back(std::move(span));
  }
  return merged;
}

WeightedTokens tokenize_weighted(const ClipTokenizer& tokenizer, std::string_view prompt) {
  WeightedTokens result{{{tokenizer.begin_id()}, false, 0}, {1.0F}};
  const std::size_t limit = tokenizer.length() - 1;
  for (const WeightedSpan& span : parse_weighted_prompt(prompt)) {
    const std::vector<std::int64_t> ids = tokenizer.tokenize(span.text);
    result.prompt.token_count += ids.size();
    const std::size_t kept = std::min(ids.size(), limit - result.prompt.ids.size());
    result.prompt.ids.insert(result.prompt.ids.end(), ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(kept));
    result.weights.resize(result.prompt.ids.size(), span.weight);
    result.prompt.truncated = result.prompt.truncated || kept < ids.size();
  }
  result.prompt.ids.push_back(tokenizer.end_id());
  result.prompt.ids.resize(tokenizer.length(), tokenizer.pad_id());
  result.weights.resize(tokenizer.length(), 1.0F);
  return result;
}

}  // namespace latentrt::text
