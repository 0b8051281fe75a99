#include "cli/toys/countdown.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <utility>

#include "cli/support/decimal.hpp"
#include "cli/toys/draws.hpp"
#include "cli/toys/model_files.hpp"

namespace latentrt::cli {
namespace {

constexpr int kLargest = 99;  ///< largest number that may occur
/// Largest given number in generated problems; the smallest is 1.
constexpr int kLargestGiven = 20;
constexpr int kHeldOut = 16;  ///< one problem in kHeldOut is held out
constexpr std::array kOperators{'+', '-', '*', '/'};
constexpr std::size_t kPromptWords = 6, kAnswerWords = 11;

using Words = std::vector<std::string_view>;

struct Problem {
  std::array<int, 3> numbers;
  int target;
};

/// Returns the result, or nothing if it is outside 0 to 99 or if the division has a remainder.
std::optional<int> result_of(int a, char op, int b) {
  if (op == '/' && (b == 0 || a % b != 0)) return {};
  const int result = op == '+' ? a + b : op == '-' ? a - b : op == '*' ? a * b : a / b;
  return result >= 0 && result <= kLargest ? std::optional(result) : std::nullopt;
}

Words words_of(std::string_view text) {
  Words words;
  while (true) {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    if (text.empty()) return words;
    words.push_back(text.substr(0, text.find(' ')));
    text.remove_prefix(words.back().size());
  }
}

std::optional<int> number_in(std::string_view word) {
  const auto number = parse_decimal<int>(word);
  return number && *number >= 0 && *number <= kLargest ? number : std::nullopt;
}

std::optional<Problem> problem_in(std::string_view prompt) {
  const Words words = words_of(prompt);
  if (words.size() != kPromptWords || words[0] != "numbers" || words[4] != "target") return {};
  Problem problem{};
  for (std::size_t i = 0; i < problem.numbers.size(); ++i) {
    const auto number = number_in(words[1 + i]);
    if (!number) return {};
    problem.numbers[i] = *number;
  }
  const auto target = number_in(words[5]);
  if (!target) return {};
  problem.target = *target;
  return problem;
}

struct Equation {
  int left, right, result;
};

/// Parses `a op b = r`; returns nothing unless the equation is true.
std::optional<Equation> equation_in(std::span<const std::string_view> words) {
  const auto left = number_in(words[0]), right = number_in(words[2]), result = number_in(words[4]);
  const bool is_operator = words[1].size() == 1 && std::ranges::count(kOperators, words[1][0]) > 0;
  if (!left || !right || !result || !is_operator || words[3] != "=") return {};
  if (result_of(*left, words[1][0], *right) != result) return {};
  return Equation{*left, *right, *result};
}

bool solves(const Problem& problem, const Equation& first, const Equation& second) {
  std::array<int, 3> given = problem.numbers;
  std::ranges::sort(given);
  const bool result_left = second.left == first.result, result_right = second.right == first.result;
  const auto uses = [&](int other) {
    std::array<int, 3> used{first.left, first.right, other};
    std::ranges::sort(used);
    return used == given;
  };
  return second.result == problem.target &&
         ((result_left && uses(second.right)) || (result_right && uses(second.left)));
}

bool is_right(std::string_view prompt, std::string_view answer) {
  const auto problem = problem_in(prompt);
  const Words words = words_of(answer);
  if (!problem || words.size() != kAnswerWords || words[5] != ";") return false;
  const std::span all(words);
  const auto first = equation_in(all.first(5)), second = equation_in(all.last(5));
  return first && second && solves(*problem, *first, *second);
}

bool is_held_out(Problem problem) {
  std::ranges::sort(problem.numbers);
  std::uint64_t key = static_cast<std::uint64_t>(problem.target);
  for (const int number : problem.numbers)
    key = key * (kLargest + 1) + static_cast<std::uint64_t>(number);
  return mixed(key) % kHeldOut == 0;
}

/// Whether training uses this order of the operands: for + and *, the larger operand comes first.
bool is_taught(int a, char op, int b) { return (op != '+' && op != '*') || a >= b; }

std::string prompt_of(const Problem& problem, Draws& draws) {
  std::array<int, 3> shown = problem.numbers;
  for (int i = 2; i > 0; --i)
    std::swap(shown[static_cast<std::size_t>(i)],
              shown[static_cast<std::size_t>(draws.below(i + 1))]);
  return fmt::format("numbers {} {} {} target {}", shown[0], shown[1], shown[2], problem.target);
}

/// Operators are drawn before the numbers, so that no operator is rare.
ToyText problem(std::uint64_t seed, std::uint64_t number, Split split) {
  Draws draws(seed, number);
  const auto draw_operator = [&] { return kOperators[static_cast<std::size_t>(draws.below(4))]; };
  const char op = draw_operator(), then = draw_operator();
  while (true) {
    const auto draw = [&] { return 1 + draws.below(kLargestGiven); };
    const int a = draw(), b = draw(), c = draw();
    const auto between = result_of(a, op, b);
    const auto target = between ? result_of(*between, then, c) : std::nullopt;
    if (!target || !is_taught(a, op, b)) continue;
    const Problem found{{a, b, c}, *target};
    if (is_held_out(found) != (split == Split::held_out)) continue;
    return {prompt_of(found, draws), fmt::format(" {} {} {} = {} ; {} {} {} = {}", a, op, b,
                                                 *between, *between, then, c, *target)};
  }
}

/// Each word includes the space before it.
std::map<std::string, std::string> files() {
  std::vector<std::string> words;
  for (int i = 0; i <= kLargest; ++i) words.push_back(fmt::format(" {}", i));
  for (const char op : kOperators) words.push_back(fmt::format(" {}", op));
  words.insert(words.end(), {" =", " ;", "numbers", " target"});
  return toy_model_files({.hidden_size = 128,
                          .layers = 4,
                          .heads = 4,
                          .intermediate_size = 384,
                          .tied_embeddings = false,
                          .words = words,
                          .gen_length = static_cast<int>(kAnswerWords)});
}

}  // namespace

Toy countdown_toy() {
  return {.name = "countdown",
          .help = "two operations that lead from three numbers to a target",
          .files = files,
          .problem = problem,
          .is_right = is_right,
          .temperature = 0};
}

}  // namespace latentrt::cli
