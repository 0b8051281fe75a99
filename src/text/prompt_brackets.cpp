#include "text/prompt_brackets.hpp"

#include <charconv>
#include <limits>
#include <optional>
#include <utility>

namespace latentrt::text {
namespace {

constexpr double kStep = 1.1;  ///< factor of a bracket pair without an explicit weight
constexpr std::string_view kBlank = " \t\n\v\f\r";

/// The pairs of one kind; open pairs have no end yet.
class Pairs {
 public:
  explicit Pairs(double bare_factor) : bare_factor_(bare_factor) {}

  bool any_open() const { return !open_.empty(); }

  void open(std::size_t span) {
    open_.push_back(pairs_.size());
    pairs_.push_back({span, span, bare_factor_});
  }

  void close(std::size_t span, std::optional<double> factor = std::nullopt) {
    BracketPair& pair = pairs_[open_.back()];
    open_.pop_back();
    pair.end = span;
    pair.factor = factor.value_or(bare_factor_);
  }

  std::vector<BracketPair> finish(std::size_t span) {
    while (any_open()) close(span);
    return std::move(pairs_);
  }

 private:
  double bare_factor_;
  std::vector<BracketPair> pairs_;
  std::vector<std::size_t> open_;
};

/// ":1.2)" at the front of a text: its length and its value.
struct ExplicitWeight {
  std::size_t length;
  double factor;
};

std::size_t skip(std::string_view text, std::size_t at, std::string_view characters) {
  const std::size_t end = text.find_first_not_of(characters, at);
  return end == std::string_view::npos ? text.size() : end;
}

std::optional<double> read_number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (error == std::errc::result_out_of_range) value = std::numeric_limits<double>::infinity();
  if (error == std::errc::invalid_argument || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<ExplicitWeight> explicit_weight(std::string_view text) {
  const std::size_t begin = skip(text, 1, kBlank);
  const bool sign = begin < text.size() && (text[begin] == '+' || text[begin] == '-');
  const std::size_t end = skip(text, begin + (sign ? 1 : 0), ".0123456789");
  const std::size_t close = skip(text, end, kBlank);
  if (close >= text.size() || text[close] != ')') return std::nullopt;
  const auto number = read_number(text.substr(begin, end - begin));
  return number ? std::optional(ExplicitWeight{close + 1, *number}) : std::nullopt;
}

class Parser {
 public:
  explicit Parser(std::string_view prompt) : rest_(prompt) {}

  BracketedPrompt parse() {
    while (!rest_.empty()) rest_.remove_prefix(step());
    flush();
    return {spans_, round_.finish(spans_.size()), square_.finish(spans_.size())};
  }

 private:
  /// Parses what is at the front and returns its length.
  std::size_t step() {
    switch (rest_.front()) {
      case '\\':
        return escape();
      case '(':
        return open(round_);
      case '[':
        return open(square_);
      case ')':
        return close(round_);
      case ']':
        return close(square_);
      case ':':
        return colon();
      default:
        return literal();
    }
  }

  std::size_t literal() {
    text_ += rest_.front();
    return 1;
  }

  std::size_t escape() {
    constexpr std::string_view kEscaped = "()[]\\";
    const std::string_view next = rest_.substr(1, 1);
    if (next.empty() || kEscaped.find(next.front()) == std::string_view::npos) return 1;
    text_ += next;
    return 2;
  }

  std::size_t open(Pairs& pairs) {
    flush();
    pairs.open(spans_.size());
    return 1;
  }

  std::size_t close(Pairs& pairs) {
    if (!pairs.any_open()) return literal();
    flush();
    pairs.close(spans_.size());
    return 1;
  }

  std::size_t colon() {
    const auto weight = round_.any_open() ? explicit_weight(rest_) : std::nullopt;
    if (!weight) return literal();
    flush();
    round_.close(spans_.size(), weight->factor);
    return weight->length;
  }

  void flush() {
    if (!text_.empty()) spans_.push_back(std::exchange(text_, {}));
  }

  std::string_view rest_;
  std::string text_;
  std::vector<std::string> spans_;
  Pairs round_{kStep}, square_{1 / kStep};
};

}  // namespace

BracketedPrompt parse_brackets(std::string_view prompt) { return Parser(prompt).parse(); }

}  // namespace latentrt::text
