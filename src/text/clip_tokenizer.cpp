#include "text/clip_tokenizer.hpp"

#include <algorithm>
#include <utility>

#include "base/fail.hpp"
#include "base/utf8.hpp"
#include "text/byte_alphabet.hpp"
#include "text/normalizer.hpp"
#include "text/pre_tokenizer.hpp"
#include "text/vocabulary.hpp"

namespace latentrt::text {
namespace {

constexpr std::size_t kMaxPromptBytes = 1u << 20;
constexpr std::string_view kEndOfWord = "</w>";

void check_prompt(std::string_view prompt) {
  if (prompt.size() > kMaxPromptBytes) {
    fail(Code::invalid_argument, "the prompt has {} bytes; at most {} are read", prompt.size(), kMaxPromptBytes);
  }
  if (const auto offset = first_invalid_utf8(prompt)) {
    fail(Code::invalid_argument, "the prompt is not valid UTF-8 at byte {}", *offset);
  }
}

}  // namespace

struct ClipTokenizer::State {
  Vocabulary vocabulary;
  TokenId begin = 0, end = 0, unknown = 0, pad = 0;

  /// One word: its bytes as symbols, the last one marked, then merged.
  void append_word(std::vector<std::int64_t>& ids, const std::string& word) const {
    std::vector<TokenId> symbols;
    for (std::size_t i = 0; i < word.size(); ++i) {
      std::string symbol = symbol_of(static_cast<unsigned char>(word[i]));
      if (i + 1 == word.size()) symbol += kEndOfWord;
      const auto found = vocabulary.ids.find(symbol);
      symbols.push_back(found == vocabulary.ids.end() ? unknown : found->second);
    }
    const std::vector<TokenId> merged = merge_word(symbols, vocabulary.merges);
    ids.insert(ids.end(), merged.begin(), merged.end());
  }

  /// The special token that comes first in the text (the longest, when two start together), and where.
  std::pair<std::size_t, const std::string*> next_special(std::string_view text) const {
    std::pair<std::size_t, const std::string*> best{std::string_view::npos, nullptr};
    for (const std::string& token : vocabulary.special_tokens) {
      const std::size_t at = text.find(token);
      const bool longer = best.second && at == best.first && token.size() > best.second->size();
      if (at != std::string_view::npos && (at < best.first || longer)) best = {at, &token};
    }
    return best;
  }
};

ClipTokenizer ClipTokenizer::load(const std::filesystem::path& directory) {
  auto state = std::make_shared<State>();
  state->vocabulary = read_vocabulary(directory);
  const auto id = [&](const std::string& token) { return state->vocabulary.id_of(token, directory.string()); };
  state->begin = id(state->vocabulary.begin);
  state->end = id(state->vocabulary.end);
  state->unknown = id(state->vocabulary.unknown);
  state->pad = id(state->vocabulary.pad);
  ClipTokenizer tokenizer;
  tokenizer.state_ = std::move(state);
  return tokenizer;
}

std::vector<std::int64_t> ClipTokenizer::tokenize(std::string_view text) const {
  check_prompt(text);
  const std::string normalized = normalize(text);
  std::vector<std::int64_t> ids;
  for (std::string_view rest = normalized; !rest.empty();) {
    const auto [at, special] = state_->next_special(rest);
    for (const std::string& word : split_words(rest.substr(0, at))) state_->append_word(ids, word);
    if (!special) break;
    ids.push_back(state_->vocabulary.ids.at(*special));
    rest.remove_prefix(at + special->size());
  }
  return ids;
}

TokenizedPrompt ClipTokenizer::encode(std::string_view prompt) const {
  const std::vector<std::int64_t> tokens = tokenize(prompt);
  const std::size_t kept = std::min(tokens.size(), length() - 2);
  TokenizedPrompt result{{state_->begin}, kept < tokens.size(), tokens.size()};
  result.ids.insert(result.ids.end(), tokens.begin(), tokens.begin() + static_cast<std::ptrdiff_t>(kept));
  result.ids.push_back(state_->end);
  result.ids.resize(length(), state_->pad);
  return result;
}

std::int64_t ClipTokenizer::begin_id() const noexcept { return state_->begin; }
std::int64_t ClipTokenizer::end_id() const noexcept { return state_->end; }
std::int64_t ClipTokenizer::pad_id() const noexcept { return state_->pad; }
std::size_t ClipTokenizer::length() const noexcept { return state_->vocabulary.length; }
std::size_t ClipTokenizer::vocab_size() const noexcept { return state_->vocabulary.ids.size(); }

}  // namespace latentrt::text
