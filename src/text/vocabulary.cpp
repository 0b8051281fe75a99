#include "text/vocabulary.hpp"

#include <algorithm>
#include <utility>

#include "base/fail.hpp"
#include "base/quote.hpp"
#include "base/utf8.hpp"
#include "io/json.hpp"
#include "text/tokenizer_json.hpp"

namespace latentrt::text {
namespace {

namespace fs = std::filesystem;
using SymbolPair = std::pair<std::string, std::string>;

void read_ids(Vocabulary& vocabulary, const Json& object, const fs::path& file) {
  if (!object.is_object() || object.empty() || object.size() > kMaxTokens) {
    fail(Code::bad_file, "{}: the vocabulary is not an object of 1 to {} tokens", file.string(),
         kMaxTokens);
  }
  vocabulary.ids.reserve(object.size());
  for (const auto& [token, id] : object.items())
    vocabulary.add(token, read_id(id, token, file), file);
}

/// Two symbols separated by one space, or two empty strings.
SymbolPair split_pair(std::string_view line) {
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos || line.find(' ', space + 1) != std::string_view::npos)
    return {};
  return {std::string(line.substr(0, space)), std::string(line.substr(space + 1))};
}

void add_merge(Vocabulary& vocabulary, const SymbolPair& pair, std::size_t rank,
               const fs::path& file) {
  const auto& [left, right] = pair;
  const std::string name = fmt::format("{}: merge {}", file.string(), rank + 1);
  if (rank >= kMaxTokens)
    fail(Code::bad_file, "{} exceeds the limit of {} merges", name, kMaxTokens);
  if (left.empty() || right.empty()) fail(Code::bad_file, "{} is not two symbols", name);
  const auto id = [&](const std::string& token) {
    const auto found = vocabulary.ids.find(token);
    if (found == vocabulary.ids.end()) {
      fail(Code::bad_file, "{} needs token {}, which is not in the vocabulary", name, quote(token));
    }
    return found->second;
  };
  const TokenId left_id = id(left), right_id = id(right);
  if (!vocabulary.merges.add(left_id, right_id, {rank, id(left + right)})) {
    fail(Code::bad_file, "{} ({} and {}) occurs twice", name, quote(left), quote(right));
  }
}

void read_merges_text(Vocabulary& vocabulary, const fs::path& file) {
  const std::string text = io::read_text_file(file, kMaxFileBytes);
  if (const auto offset = first_invalid_utf8(text))
    fail(Code::bad_file, "{} is not UTF-8 at byte {}", file.string(), *offset);
  std::size_t rank = 0;
  for (std::string_view rest = text; !rest.empty();) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    const bool comment = rank == 0 && line.starts_with("#version");
    if (!line.empty() && !comment) add_merge(vocabulary, split_pair(line), rank++, file);
  }
}

/// Merges are strings "a b" in older files and pairs ["a", "b"] in newer ones.
SymbolPair pair_from(const Json& merge) {
  if (merge.is_string()) return split_pair(merge.get_ref<const std::string&>());
  const bool pair =
      merge.is_array() && merge.size() == 2 && merge[0].is_string() && merge[1].is_string();
  return pair ? SymbolPair(merge[0], merge[1]) : SymbolPair();
}

void read_listed(Vocabulary& vocabulary, const Json& json, const fs::path& file) {
  const auto list = json.find("added_tokens");
  if (list == json.end() || list->is_null()) return;
  if (!list->is_array()) fail(Code::bad_file, "{}: added_tokens is not a list", file.string());
  for (const Json& entry : *list) {
    const AddedToken token = read_added_token(entry, false, file);
    vocabulary.listed.push_back({read_id(member(entry, "id", file), token.content, file), token});
  }
}

Vocabulary read_two_files(const fs::path& ids, const fs::path& merges) {
  Vocabulary vocabulary;
  read_ids(vocabulary, read_object(ids), ids);
  read_merges_text(vocabulary, merges);
  return vocabulary;
}

}  // namespace

Vocabulary vocabulary_of(const Json& json, const fs::path& file) {
  Vocabulary vocabulary;
  const Json& model = member(json, "model", file);
  if (model.is_object() && model.value("type", Json("BPE")) != "BPE") {
    fail(Code::unsupported, "{}: the tokenizer is not of the type BPE", file.string());
  }
  read_ids(vocabulary, member(model, "vocab", file), file);
  const Json& merges = member(model, "merges", file);
  if (!merges.is_array()) fail(Code::bad_file, "{}: merges is not a list", file.string());
  for (std::size_t rank = 0; rank < merges.size(); ++rank)
    add_merge(vocabulary, pair_from(merges[rank]), rank, file);
  read_listed(vocabulary, json, file);
  return vocabulary;
}

void Vocabulary::add(const std::string& token, TokenId id, const fs::path& file) {
  const auto [entry, added] = ids.emplace(token, id);
  if (!added && entry->second != id) {
    fail(Code::bad_file, "{}: token {} has the ids {} and {}", file.string(), quote(token),
         entry->second, id);
  }
}

TokenId Vocabulary::id_of(const std::string& token, const fs::path& file) const {
  const auto found = ids.find(token);
  if (found == ids.end())
    fail(Code::bad_file, "{}: token {} is not in the vocabulary", file.string(), quote(token));
  return found->second;
}

void Vocabulary::check_ids(const fs::path& file) const {
  std::vector<bool> seen(ids.size());
  for (const auto& [token, id] : ids) {
    const auto index = static_cast<std::size_t>(id);
    if (index >= ids.size()) {
      fail(Code::bad_file, "{}: token {} has the id {}, but there are {} tokens", file.string(),
           quote(token), id, ids.size());
    }
    if (seen[index])
      fail(Code::bad_file, "{}: id {} belongs to two tokens, one is {}", file.string(), id,
           quote(token));
    seen[index] = true;
  }
}

Vocabulary read_vocabulary(const fs::path& directory) {
  const fs::path single = directory / "tokenizer.json", ids = directory / "vocab.json",
                 merges = directory / "merges.txt";
  if (is_there(single)) return vocabulary_of(read_object(single), single);
  if (!is_there(ids) || !is_there(merges)) {
    fail(Code::not_found, "{}: contains neither tokenizer.json nor vocab.json and merges.txt",
         directory.string());
  }
  return read_two_files(ids, merges);
}

}  // namespace latentrt::text
