#include "text/byte_level_tokenizer.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <unordered_map>
#include <utility>

#include "base/fail.hpp"
#include "text/byte_alphabet.hpp"
#include "text/byte_level_settings.hpp"
#include "text/byte_text.hpp"
#include "text/normalizer.hpp"
#include "text/prompt_check.hpp"
#include "text/unicode.hpp"

namespace latentrt::text {
namespace {

constexpr std::size_t kBytes = 256;

/// The bytes that characters of the alphabet represent.
class ByteReader {
 public:
  ByteReader() {
    for (std::size_t byte = 0; byte < kBytes; ++byte)
      bytes_.emplace(symbol_of(static_cast<unsigned char>(byte)), static_cast<char>(byte));
  }

  /// A piece with other characters, such as an added token, represents its own bytes.
  std::string operator()(const std::string& piece) const {
    std::string bytes;
    for (const std::int32_t point : code_points(piece)) {
      std::string symbol;
      append_utf8(symbol, point);
      const auto found = bytes_.find(symbol);
      if (found == bytes_.end()) return piece;
      bytes += found->second;
    }
    return bytes;
  }

 private:
  std::unordered_map<std::string, char> bytes_;
};

}  // namespace

struct ByteLevelTokenizer::State {
  ByteLevelSettings settings;
  std::unordered_map<std::string, TokenId> ids;
  MergeTable merges;
  std::array<TokenId, kBytes> of_bytes{};
  std::vector<std::string> bytes;  ///< of each id
  std::set<TokenId> special;
  AddedTokenSplitter exact, normalized;  ///< tokens that are matched before and after normalisation

  State(ByteLevelSettings the_settings, Vocabulary vocabulary, const std::filesystem::path& file)
      : settings(the_settings), merges(std::move(vocabulary.merges)) {
    for (const ListedToken& entry : vocabulary.listed) add(entry, vocabulary, file);
    for (std::size_t byte = 0; byte < kBytes; ++byte)
      of_bytes[byte] = vocabulary.id_of(symbol_of(static_cast<unsigned char>(byte)), file);
    const ByteReader read;
    for (const auto& [piece, id] : vocabulary.ids) {
      const auto index = static_cast<std::size_t>(id);
      if (index >= bytes.size()) bytes.resize(index + 1);
      bytes[index] = read(piece);
    }
    ids = std::move(vocabulary.ids);
  }

  void add(const ListedToken& entry, Vocabulary& vocabulary, const std::filesystem::path& file) {
    vocabulary.add(entry.token.content, entry.id, file);
    if (entry.token.special) special.insert(entry.id);
    AddedToken token = entry.token;
    const bool late = token.normalized && settings.nfc;
    if (late) token.content = nfc(token.content);
    (late ? normalized : exact).add(token, entry.id);
  }

  void append_word(std::vector<std::int64_t>& result, std::string_view word) const {
    if (settings.ignore_merges) {
      std::string piece;
      for (const char byte : word) piece += symbol_of(static_cast<unsigned char>(byte));
      if (const auto found = ids.find(piece); found != ids.end()) {
        result.push_back(found->second);
        return;
      }
    }
    std::vector<TokenId> symbols;
    for (const char byte : word) symbols.push_back(of_bytes[static_cast<unsigned char>(byte)]);
    const std::vector<TokenId> merged = merge_word(symbols, merges);
    result.insert(result.end(), merged.begin(), merged.end());
  }

  void append(std::vector<std::int64_t>& result, std::string_view text) const {
    for (const TextPart& part : normalized.split(text)) {
      if (part.id) {
        result.push_back(*part.id);
        continue;
      }
      for (const std::string_view word : split(part.text, *settings.pattern))
        append_word(result, word);
    }
  }
};

ByteLevelTokenizer ByteLevelTokenizer::load(const std::filesystem::path& directory) {
  const std::filesystem::path file = directory / "tokenizer.json";
  if (!is_there(file)) fail(Code::not_found, "{}: contains no tokenizer.json", directory.string());
  const Json json = read_object(file);
  const ByteLevelSettings settings = ByteLevelSettings::from(json, file);
  ByteLevelTokenizer tokenizer;
  tokenizer.state_ = std::make_shared<const State>(settings, vocabulary_of(json, file), file);
  return tokenizer;
}

std::vector<std::int64_t> ByteLevelTokenizer::encode(std::string_view text) const {
  check_prompt(text);
  std::vector<std::int64_t> ids;
  for (const TextPart& part : state_->exact.split(text)) {
    if (part.id)
      ids.push_back(*part.id);
    else if (state_->settings.nfc)
      state_->append(ids, nfc(part.text));
    else
      state_->append(ids, part.text);
  }
  return ids;
}

const std::string& ByteLevelTokenizer::bytes_of(std::int64_t id) const {
  static const std::string none;
  return id < 0 || id >= size() ? none : state_->bytes[static_cast<std::size_t>(id)];
}

bool ByteLevelTokenizer::is_special(std::int64_t id) const { return state_->special.contains(id); }

std::string ByteLevelTokenizer::decode(std::span<const std::int64_t> ids, bool skip_special) const {
  std::string bytes;
  for (const std::int64_t id : ids)
    if (!skip_special || !is_special(id)) bytes += bytes_of(id);
  return lossy_utf8(bytes);
}

std::optional<std::int64_t> ByteLevelTokenizer::find(std::string_view token) const {
  const auto found = state_->ids.find(std::string(token));
  return found == state_->ids.end() ? std::nullopt : std::optional(found->second);
}

std::int64_t ByteLevelTokenizer::size() const noexcept { return std::ssize(state_->bytes); }

}  // namespace latentrt::text
