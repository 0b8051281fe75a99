#include "text/vocabulary.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <unordered_set>
#include <utility>

#include "base/fail.hpp"
#include "base/utf8.hpp"
#include "io/json.hpp"

namespace latentrt::text {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using SymbolPair = std::pair<std::string, std::string>;

constexpr io::JsonLimits kLimits{.max_bytes = 64u << 20, .max_depth = 16, .max_string = 64u << 10};
constexpr std::size_t kMaxTokens = 1'000'000;
constexpr std::size_t kMaxLength = 65'536;

Json read_json(const fs::path& file) { return io::parse_json(io::read_text_file(file, kLimits.max_bytes), file.string(), kLimits); }

bool is_there(const fs::path& file) {
  std::error_code ignored;
  return fs::exists(file, ignored);
}

const Json& member(const Json& object, const char* key, const fs::path& file) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  if (found == object.end()) fail(Code::bad_file, "{}: {} is missing", file.string(), key);
  return *found;
}

void add_token(Vocabulary& vocabulary, const std::string& token, const Json& id, const fs::path& file) {
  if (!id.is_number_unsigned() || id.get<std::uint64_t>() >= kMaxTokens) {
    fail(Code::bad_file, "{}: token \"{}\" has the id {}, expected 0 to {}", file.string(), token, id.dump(), kMaxTokens - 1);
  }
  const auto [entry, added] = vocabulary.ids.emplace(token, id.get<TokenId>());
  if (!added && entry->second != id.get<TokenId>()) {
    fail(Code::bad_file, "{}: token \"{}\" has the ids {} and {}", file.string(), token, entry->second, id.dump());
  }
}

/// Ids count from 0 without a hole, so that they can index an embedding table.
void check_ids(const Vocabulary& vocabulary, const fs::path& file) {
  std::unordered_set<TokenId> seen;
  for (const auto& [token, id] : vocabulary.ids) {
    if (!seen.insert(id).second) fail(Code::bad_file, "{}: id {} belongs to two tokens, one is \"{}\"", file.string(), id, token);
    if (id >= static_cast<TokenId>(vocabulary.ids.size())) {
      fail(Code::bad_file, "{}: token \"{}\" has id {}, but there are {} tokens", file.string(), token, id, vocabulary.ids.size());
    }
  }
}

void read_ids(Vocabulary& vocabulary, const Json& object, const fs::path& file) {
  if (!object.is_object() || object.empty() || object.size() > kMaxTokens) {
    fail(Code::bad_file, "{}: the vocabulary is not an object of 1 to {} tokens", file.string(), kMaxTokens);
  }
  for (const auto& [token, id] : object.items()) add_token(vocabulary, token, id, file);
}

SymbolPair split_pair(std::string_view line, const fs::path& file) {
  const std::size_t space = line.find(' ');
  const bool pair = space != std::string_view::npos && space > 0 && space + 1 < line.size() &&
                    line.find(' ', space + 1) == std::string_view::npos;
  if (!pair) fail(Code::bad_file, "{}: merge \"{}\" is not two symbols", file.string(), line);
  return {std::string(line.substr(0, space)), std::string(line.substr(space + 1))};
}

void add_merge(Vocabulary& vocabulary, const SymbolPair& pair, std::size_t rank, const fs::path& file) {
  const auto id = [&](const std::string& token) {
    const auto found = vocabulary.ids.find(token);
    if (found == vocabulary.ids.end()) {
      fail(Code::bad_file, "{}: merge \"{} {}\" needs token \"{}\", which is not in the vocabulary", file.string(), pair.first,
           pair.second, token);
    }
    return found->second;
  };
  if (rank >= kMaxTokens) fail(Code::bad_file, "{}: more than {} merges", file.string(), kMaxTokens);
  const Merge merge{rank, id(pair.first + pair.second)};
  if (!vocabulary.merges.add(id(pair.first), id(pair.second), merge)) {
    fail(Code::bad_file, "{}: merge \"{} {}\" is listed twice", file.string(), pair.first, pair.second);
  }
}

void read_merges_text(Vocabulary& vocabulary, const fs::path& file) {
  const std::string text = io::read_text_file(file, kLimits.max_bytes);
  if (const auto offset = first_invalid_utf8(text)) fail(Code::bad_file, "{} is not UTF-8 at byte {}", file.string(), *offset);
  std::size_t rank = 0;
  for (std::string_view rest = text; !rest.empty();) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    const bool comment = rank == 0 && line.starts_with("#version");
    if (line.empty() || comment) continue;
    add_merge(vocabulary, split_pair(line, file), rank++, file);
  }
}

/// Merges are texts "a b" in older files and pairs ["a", "b"] in newer ones.
SymbolPair pair_from(const Json& merge, const fs::path& file) {
  if (merge.is_string()) return split_pair(merge.get_ref<const std::string&>(), file);
  const bool pair = merge.is_array() && merge.size() == 2 && merge[0].is_string() && merge[1].is_string();
  if (!pair) fail(Code::bad_file, "{}: merge {} is not two symbols", file.string(), merge.dump());
  return {merge[0], merge[1]};
}

void read_single_file(Vocabulary& vocabulary, const fs::path& file) {
  const Json json = read_json(file);
  const Json& model = member(json, "model", file);
  read_ids(vocabulary, member(model, "vocab", file), file);
  const Json& merges = member(model, "merges", file);
  if (!merges.is_array()) fail(Code::bad_file, "{}: merges is not a list", file.string());
  std::size_t rank = 0;
  for (const Json& merge : merges) add_merge(vocabulary, pair_from(merge, file), rank++, file);
  if (!json.contains("added_tokens") || !json["added_tokens"].is_array()) return;
  for (const Json& token : json["added_tokens"]) {
    const Json& content = member(token, "content", file);
    if (!content.is_string()) fail(Code::bad_file, "{}: an added token is not a string", file.string());
    add_token(vocabulary, content, member(token, "id", file), file);
    vocabulary.special_tokens.push_back(content);
  }
}

void read_two_files(Vocabulary& vocabulary, const fs::path& directory) {
  const fs::path ids = directory / "vocab.json", merges = directory / "merges.txt";
  read_ids(vocabulary, read_json(ids), ids);
  read_merges_text(vocabulary, merges);
}

/// A special token is written as its text, or as an object that holds it.
void read_special(std::string& token, const Json& object, const char* key, const fs::path& file) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return;
  const Json& value = found->is_object() ? member(*found, "content", file) : *found;
  if (!value.is_string()) fail(Code::bad_file, "{}: {} is not a string", file.string(), key);
  token = value.get<std::string>();
}

void read_specials(Vocabulary& vocabulary, const Json& object, const fs::path& file) {
  if (!object.is_object()) fail(Code::bad_file, "{} is not a JSON object", file.string());
  read_special(vocabulary.begin, object, "bos_token", file);
  read_special(vocabulary.end, object, "eos_token", file);
  read_special(vocabulary.unknown, object, "unk_token", file);
  read_special(vocabulary.pad, object, "pad_token", file);
}

/// Tokenizers without a limit write an astronomically large number; the encoder's 77 positions then hold.
void read_length(Vocabulary& vocabulary, const Json& object, const fs::path& file) {
  const auto found = object.find("model_max_length");
  if (found == object.end() || found->is_null()) return;
  if (!found->is_number() || found->get<double>() < 2) {
    fail(Code::bad_file, "{}: model_max_length is {}, expected 2 or more", file.string(), found->dump());
  }
  if (found->get<double>() <= kMaxLength) vocabulary.length = found->get<std::size_t>();
}

/// special_tokens_map.json has the last word, except over configurations that describe their added tokens themselves.
void read_settings(Vocabulary& vocabulary, const fs::path& directory) {
  const fs::path config = directory / "tokenizer_config.json", map = directory / "special_tokens_map.json";
  bool complete = false;
  if (is_there(config)) {
    const Json json = read_json(config);
    read_specials(vocabulary, json, config);
    read_length(vocabulary, json, config);
    complete = json.contains("added_tokens_decoder");
  }
  if (!complete && is_there(map)) read_specials(vocabulary, read_json(map), map);
}

}  // namespace

TokenId Vocabulary::id_of(const std::string& token, const std::string& what) const {
  const auto found = ids.find(token);
  if (found == ids.end()) fail(Code::bad_file, "{}: token \"{}\" is not in the vocabulary", what, token);
  return found->second;
}

Vocabulary read_vocabulary(const fs::path& directory) {
  Vocabulary vocabulary;
  const bool two = is_there(directory / "vocab.json") && is_there(directory / "merges.txt");
  const fs::path single = directory / "tokenizer.json";
  if (!two && !is_there(single)) {
    fail(Code::not_found, "{}: neither vocab.json and merges.txt nor tokenizer.json are there", directory.string());
  }
  two ? read_two_files(vocabulary, directory) : read_single_file(vocabulary, single);
  check_ids(vocabulary, directory);
  read_settings(vocabulary, directory);
  for (const std::string& token : {vocabulary.begin, vocabulary.end}) vocabulary.special_tokens.push_back(token);
  return vocabulary;
}

}  // namespace latentrt::text
