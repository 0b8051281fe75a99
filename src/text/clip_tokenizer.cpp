#include "text/clip_tokenizer.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "base/fail.hpp"
#include "base/quote.hpp"
#include "base/utf8.hpp"
#include "text/byte_alphabet.hpp"
#include "text/normalizer.hpp"
#include "text/pre_tokenizer.hpp"
#include "text/prompt_check.hpp"
#include "text/tokenizer_settings.hpp"
#include "text/unicode.hpp"
#include "text/vocabulary.hpp"

namespace latentrt::text {
namespace {

/// The ids of the 256 bytes; those of a word's last byte differ.
struct ByteIds {
  std::array<TokenId, 256> inner, last;
  TokenId unknown;

  ByteIds(const std::unordered_map<std::string, TokenId>& ids, TokenId the_unknown)
      : unknown(the_unknown) {
    const auto id = [&](const std::string& symbol) {
      const auto found = ids.find(symbol);
      return found == ids.end() ? unknown : found->second;
    };
    for (std::size_t byte = 0; byte < inner.size(); ++byte) {
      const std::string& symbol = symbol_of(static_cast<unsigned char>(byte));
      inner[byte] = id(symbol);
      last[byte] = id(symbol + "</w>");
    }
  }
};

/// For each id, how many bytes of a word it covers; the vocabulary spells a byte as one character,
/// and marks the last piece of a word.
std::vector<std::size_t> piece_lengths(const std::unordered_map<std::string, TokenId>& ids) {
  constexpr std::string_view kLast = "</w>";
  std::vector<std::size_t> lengths(ids.size());
  for (const auto& [piece, id] : ids) {
    const std::size_t characters = code_points(piece).size();
    const std::size_t marked = piece.ends_with(kLast) ? kLast.size() : 0;
    lengths.at(static_cast<std::size_t>(id)) = std::max<std::size_t>(characters - marked, 1);
  }
  return lengths;
}

bool continues_character(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

/// The longest prefix of the text that is not longer than `limit` after normalisation.
std::size_t prefix_before(std::string_view text, std::size_t limit) {
  std::vector<std::size_t> ends{0};
  for (std::size_t i = 1; i <= text.size(); ++i)
    if (i == text.size() || !continues_character(text[i])) ends.push_back(i);
  const auto past = std::partition_point(ends.begin(), ends.end(), [&](std::size_t end) {
    return normalize(text.substr(0, end)).size() <= limit;
  });
  return *std::prev(past);
}

}  // namespace

struct ClipTokenizer::State {
  std::size_t vocab_size, length;
  TokenId begin, end, pad;
  ByteIds bytes;
  MergeTable merges;
  AddedTokenSplitter exact, normalized;  ///< tokens that are matched before and after normalisation
  std::vector<std::size_t> lengths;      ///< of the pieces of the vocabulary
  /// ids of a token matched as a whole, if it has several
  std::map<TokenId, std::vector<std::int64_t>> several;

  State(Vocabulary vocabulary, const TokenizerSettings& settings, const std::filesystem::path& file)
      : vocab_size(vocabulary.ids.size()),
        length(settings.length),
        begin(vocabulary.id_of(settings.begin, file)),
        end(vocabulary.id_of(settings.end, file)),
        pad(vocabulary.id_of(settings.pad, file)),
        bytes(vocabulary.ids, vocabulary.id_of(settings.unknown, file)),
        merges(std::move(vocabulary.merges)),
        lengths(piece_lengths(vocabulary.ids)) {
    for (AddedToken token : settings.added) {
      const TokenId id = vocabulary.id_of(token.content, file);
      if (token.normalized) token.content = normalize(token.content);
      (token.normalized ? normalized : exact).add(token, id);
    }
  }

  void append_word(std::vector<std::int64_t>& ids, std::string_view word) const {
    std::vector<TokenId> symbols;
    symbols.reserve(word.size());
    for (const char byte : word) symbols.push_back(bytes.inner[static_cast<unsigned char>(byte)]);
    symbols.back() = bytes.last[static_cast<unsigned char>(word.back())];
    const std::vector<TokenId> merged = merge_word(symbols, merges);
    ids.insert(ids.end(), merged.begin(), merged.end());
  }

  void append_token(std::vector<std::int64_t>& ids, TokenId id) const {
    const auto found = several.find(id);
    found == several.end()
        ? ids.push_back(id)
        : static_cast<void>(ids.insert(ids.end(), found->second.begin(), found->second.end()));
  }

  void append_normalized(std::vector<std::int64_t>& ids, std::string_view text) const {
    for (const TextPart& part : normalized.split(text)) {
      if (part.id) {
        append_token(ids, *part.id);
        continue;
      }
      for (const std::string& word : split_words(part.text)) append_word(ids, word);
    }
  }

  /// Bytes of the word that its first `count` tokens cover.
  std::size_t word_prefix(std::string_view word, std::size_t count) const {
    std::vector<std::int64_t> ids;
    append_word(ids, word);
    std::size_t sum = 0;
    for (std::size_t i = 0; i < std::min(count, ids.size()); ++i)
      sum += ids[i] == bytes.unknown ? 1 : lengths[static_cast<std::size_t>(ids[i])];
    return std::min(sum, word.size());
  }

  /// Bytes of a normalised text that its first `count` tokens cover.
  std::size_t normalized_prefix(std::string_view text, std::size_t count) const {
    std::size_t kept = 0;
    for (const TextPart& part : normalized.split(text)) {
      kept = static_cast<std::size_t>(part.text.data() - text.data());
      std::vector<std::int64_t> ids;
      if (part.id) {
        append_token(ids, *part.id);
        if (ids.size() > count) return kept;
        count -= ids.size();
        continue;
      }
      for (const std::string& word : split_words(part.text)) {
        const std::size_t at = text.find(word, kept);
        ids.clear();
        append_word(ids, word);
        if (ids.size() > count) return count == 0 ? kept : at + word_prefix(word, count);
        count -= ids.size();
        kept = at + word.size();
      }
    }
    return text.size();
  }
};

ClipTokenizer ClipTokenizer::load(const std::filesystem::path& directory) {
  Vocabulary vocabulary = read_vocabulary(directory);
  const TokenizerSettings settings = read_tokenizer_settings(directory, vocabulary.listed);
  for (const ListedToken& entry : settings.listed)
    vocabulary.add(entry.token.content, entry.id, directory);
  vocabulary.check_ids(directory);
  ClipTokenizer tokenizer;
  tokenizer.state_ = std::make_shared<State>(std::move(vocabulary), settings, directory);
  return tokenizer;
}

ClipTokenizer ClipTokenizer::padded_with(std::int64_t pad) const {
  auto state = std::make_shared<State>(*state_);
  state->pad = static_cast<TokenId>(pad);
  ClipTokenizer tokenizer;
  tokenizer.state_ = std::move(state);
  return tokenizer;
}

ClipTokenizer ClipTokenizer::with_token(std::string_view content,
                                        std::vector<std::int64_t> ids) const {
  constexpr std::size_t kMaxBytes = 256;
  if (content.empty() || content.size() > kMaxBytes || first_invalid_utf8(content) ||
      has_control_characters(content) || normalize(content).find(' ') != std::string::npos) {
    fail(Code::invalid_argument, "{} is not the name of a token", quote(content));
  }
  const AddedToken token{normalize(content), true};
  const auto is_token = [&](const AddedTokenSplitter& splitter, std::string_view text) {
    const auto parts = splitter.split(text);
    return parts.size() == 1 && parts[0].id.has_value();
  };
  if (is_token(state_->exact, content) || is_token(state_->normalized, token.content))
    fail(Code::invalid_argument, "the tokenizer already has a token {}", quote(content));
  auto state = std::make_shared<State>(*state_);
  const auto id = static_cast<TokenId>(ids.front());
  state->normalized.add(token, id);
  state->several.emplace(id, std::move(ids));
  ClipTokenizer tokenizer;
  tokenizer.state_ = std::move(state);
  return tokenizer;
}

std::vector<std::int64_t> ClipTokenizer::tokenize(std::string_view text) const {
  check_prompt(text);
  std::vector<std::int64_t> ids;
  for (const TextPart& part : state_->exact.split(text)) {
    part.id ? state_->append_token(ids, *part.id)
            : state_->append_normalized(ids, normalize(part.text));
  }
  return ids;
}

std::size_t ClipTokenizer::prefix_of(std::string_view text, std::size_t count) const {
  for (const TextPart& part : state_->exact.split(text)) {
    const auto begin = static_cast<std::size_t>(part.text.data() - text.data());
    const std::size_t tokens = tokenize(part.text).size();
    if (tokens > count) {
      if (part.id) return begin;
      return begin +
             prefix_before(part.text, state_->normalized_prefix(normalize(part.text), count));
    }
    count -= tokens;
  }
  return text.size();
}

TokenizedPrompt ClipTokenizer::encode(std::string_view prompt) const {
  const std::vector<std::int64_t> tokens = tokenize(prompt);
  const std::size_t kept = std::min(tokens.size(), length() - 2);
  TokenizedPrompt result{{state_->begin}, kept < tokens.size(), tokens.size()};
  result.ids.insert(result.ids.end(), tokens.begin(),
                    tokens.begin() + static_cast<std::ptrdiff_t>(kept));
  result.ids.push_back(state_->end);
  result.ids.resize(length(), state_->pad);
  return result;
}

std::int64_t ClipTokenizer::begin_id() const noexcept { return state_->begin; }
std::int64_t ClipTokenizer::end_id() const noexcept { return state_->end; }
std::int64_t ClipTokenizer::pad_id() const noexcept { return state_->pad; }
std::size_t ClipTokenizer::length() const noexcept { return state_->length; }
std::size_t ClipTokenizer::vocab_size() const noexcept { return state_->vocab_size; }

}  // namespace latentrt::text
