#include "cli/toys/mirror.hpp"

#include <algorithm>

#include "cli/toys/draws.hpp"
#include "cli/toys/model_files.hpp"

namespace latentrt::cli {
namespace {

constexpr int kLetters = 10, kHalf = 6;
constexpr const char* kPrompt = "mirror";

/// No words are needed, because the letters are single bytes.
std::map<std::string, std::string> files() {
  return toy_model_files({.hidden_size = 64,
                          .layers = 2,
                          .heads = 4,
                          .intermediate_size = 256,
                          .tied_embeddings = true,
                          .words = {kPrompt},
                          .gen_length = 2 * kHalf});
}

/// No problems are held out: the model learns the distribution of the strings.
ToyText problem(std::uint64_t seed, std::uint64_t number, Split /*split*/) {
  Draws draws(seed, number);
  std::string half;
  for (int i = 0; i < kHalf; ++i) half += static_cast<char>('a' + draws.below(kLetters));
  return {kPrompt, half + std::string(half.rbegin(), half.rend())};
}

bool is_right(std::string_view /*prompt*/, std::string_view answer) {
  return answer.size() == 2 * kHalf &&
         std::ranges::all_of(answer, [](char c) { return c >= 'a' && c < 'a' + kLetters; }) &&
         std::equal(answer.begin(), answer.end(), answer.rbegin());
}

}  // namespace

Toy mirror_toy() {
  return {.name = "mirror",
          .help = "six random letters and their mirror image",
          .files = files,
          .problem = problem,
          .is_right = is_right,
          .temperature = 1};
}

}  // namespace latentrt::cli
