#include "text/word_piece.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "base/fail.hpp"
#include "base/quote.hpp"
#include "base/utf8.hpp"
#include "io/json.hpp"
#include "text/added_tokens.hpp"
#include "text/bert_normalizer.hpp"
#include "text/prompt_check.hpp"
#include "text/tokenizer_json.hpp"
#include "text/unicode.hpp"

namespace latentrt::text {
namespace {

namespace fs = std::filesystem;

constexpr const char* kBegin = "[CLS]";
constexpr const char* kEnd = "[SEP]";
constexpr const char* kUnknown = "[UNK]";
constexpr const char* kPad = "[PAD]";
constexpr const char* kMask = "[MASK]";
/// Longer words are unknown.
constexpr std::size_t kMaxWord = 100;

/// The contents of a folder's files.
struct Files {
  fs::path file;
  Vocabulary vocabulary;
  BertNormalization normalization;
  std::string prefix = "##";  ///< of pieces that do not begin a word
};

bool is_word_piece(const fs::path& single) {
  const Json json = read_object(single);
  const Json& model = member(json, "model", single);
  return model.is_object() && model.value("type", Json()) == "WordPiece";
}

bool flag(const Json& object, const char* key, bool fallback) {
  const auto found = object.find(key);
  return found != object.end() && found->is_boolean() ? found->get<bool>() : fallback;
}

/// Accents are removed with capitals unless the file says otherwise.
BertNormalization normalization_in(const Json& object, const char* lowercase, const char* chinese) {
  BertNormalization settings;
  settings.lowercase = flag(object, lowercase, true);
  settings.strip_accents = flag(object, "strip_accents", settings.lowercase);
  settings.handle_chinese_chars = flag(object, chinese, true);
  settings.clean_text = flag(object, "clean_text", true);
  return settings;
}

Files read_single(const fs::path& file) {
  Files files{.file = file, .vocabulary = {}, .normalization = {}};
  const Json json = read_object(file);
  const Json& model = member(json, "model", file);
  const Json& ids = member(model, "vocab", file);
  if (!ids.is_object() || ids.empty() || ids.size() > kMaxTokens)
    fail(Code::bad_file, "{}: the vocabulary is not an object of 1 to {} tokens", file.string(),
         kMaxTokens);
  for (const auto& [token, id] : ids.items())
    files.vocabulary.add(token, read_id(id, token, file), file);
  if (const auto found = model.find("continuing_subword_prefix");
      found != model.end() && found->is_string())
    files.prefix = found->get<std::string>();
  if (const auto found = json.find("normalizer"); found != json.end() && found->is_object())
    files.normalization = normalization_in(*found, "lowercase", "handle_chinese_chars");
  return files;
}

/// One token per line; its id is the line's number.
Files read_lines(const fs::path& directory) {
  const fs::path file = directory / "vocab.txt", settings = directory / "tokenizer_config.json";
  Files files{.file = file, .vocabulary = {}, .normalization = {}};
  const std::string text = io::read_text_file(file, kMaxFileBytes);
  if (const auto offset = first_invalid_utf8(text))
    fail(Code::bad_file, "{} is not UTF-8 at byte {}", file.string(), *offset);
  TokenId id = 0;
  for (std::string_view rest = text; !rest.empty(); ++id) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (static_cast<std::size_t>(id) >= kMaxTokens)
      fail(Code::bad_file, "{} has more than {} tokens", file.string(), kMaxTokens);
    files.vocabulary.add(std::string(line), id, file);
  }
  if (is_there(settings))
    files.normalization =
        normalization_in(read_object(settings), "do_lower_case", "tokenize_chinese_chars");
  return files;
}

}  // namespace

struct WordPiece::State {
  std::unordered_map<std::string, TokenId> ids;
  std::string prefix;
  BertNormalization normalization;
  TokenId begin, end, unknown, pad;
  AddedTokenSplitter specials;  ///< matched before normalisation
  std::size_t length;

  State(Files files, std::size_t the_length)
      : ids(std::move(files.vocabulary.ids)),
        prefix(std::move(files.prefix)),
        normalization(files.normalization),
        begin(id_of(kBegin, files.file)),
        end(id_of(kEnd, files.file)),
        unknown(id_of(kUnknown, files.file)),
        pad(id_of(kPad, files.file)),
        length(the_length) {
    for (const char* special : {kBegin, kEnd, kUnknown, kPad, kMask})
      if (const auto found = ids.find(special); found != ids.end())
        specials.add({.content = special}, found->second);
  }

  TokenId id_of(const char* token, const fs::path& file) const {
    const auto found = ids.find(token);
    if (found == ids.end())
      fail(Code::bad_file, "{}: token {} is not in the vocabulary", file.string(), quote(token));
    return found->second;
  }

  /// The longest pieces from the left; a word with a part that is not a piece is unknown as a
  /// whole.
  void append_word(std::vector<std::int64_t>& all, const std::string& word) const {
    const std::vector<std::int32_t> points = code_points(word);
    if (points.size() > kMaxWord) return all.push_back(unknown);
    std::vector<std::int64_t> pieces;
    for (std::size_t first = 0; first < points.size();) {
      std::size_t last = points.size();
      const TokenId* const id = longest(points, first, last);
      if (id == nullptr) return all.push_back(unknown);
      pieces.push_back(*id);
      first = last;
    }
    all.insert(all.end(), pieces.begin(), pieces.end());
  }

  /// Finds the longest piece that begins at `first`; `last` becomes its end.
  const TokenId* longest(const std::vector<std::int32_t>& points, std::size_t first,
                         std::size_t& last) const {
    for (; last > first; --last) {
      std::string piece = first > 0 ? prefix : "";
      for (std::size_t i = first; i < last; ++i) append_utf8(piece, points[i]);
      if (const auto found = ids.find(piece); found != ids.end()) return &found->second;
    }
    return nullptr;
  }
};

bool WordPiece::is_in(const fs::path& directory) {
  const fs::path single = directory / "tokenizer.json";
  return is_there(single) ? is_word_piece(single) : is_there(directory / "vocab.txt");
}

WordPiece WordPiece::load(const fs::path& directory, std::size_t length) {
  const fs::path single = directory / "tokenizer.json";
  WordPiece tokenizer;
  tokenizer.state_ = std::make_shared<const State>(
      is_there(single) ? read_single(single) : read_lines(directory), length);
  return tokenizer;
}

TokenizedPrompt WordPiece::encode(std::string_view prompt) const {
  constexpr std::size_t kEnds = 2;
  check_prompt(prompt);
  std::vector<std::int64_t> pieces;
  for (const TextPart& part : state_->specials.split(prompt)) {
    if (part.id) {
      pieces.push_back(*part.id);
      continue;
    }
    for (const std::string& word : bert_words(part.text, state_->normalization))
      state_->append_word(pieces, word);
  }
  TokenizedPrompt tokens{.ids = {state_->begin}, .token_count = pieces.size()};
  tokens.truncated = pieces.size() > state_->length - kEnds;
  pieces.resize(std::min(pieces.size(), state_->length - kEnds));
  tokens.ids.insert(tokens.ids.end(), pieces.begin(), pieces.end());
  tokens.ids.push_back(state_->end);
  tokens.ids.resize(state_->length, state_->pad);
  return tokens;
}

}  // namespace latentrt::text
