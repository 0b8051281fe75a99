#include "text/tokenizer_settings.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <utility>

#include "base/fail.hpp"
#include "base/quote.hpp"
#include "text/tokenizer_json.hpp"

namespace latentrt::text {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kClipLength = 77, kMaxLength = 65'536;

struct Named {
  const char* key;
  AddedToken token;  ///< no content: the tokenizer has none
};

/// The special tokens in the order in which they are added, with CLIP's own as defaults.
using NamedTokens = std::array<Named, 7>;
enum : std::size_t { kBegin = 0, kEnd = 1, kUnknown = 2, kPad = 4 };

NamedTokens defaults() {
  return {{{"bos_token", {.content = "<|startoftext|>"}},
           {"eos_token", {.content = "<|endoftext|>"}},
           {"unk_token", {.content = "<|endoftext|>"}},
           {"sep_token", {}},
           {"pad_token", {.content = "<|endoftext|>"}},
           {"cls_token", {}},
           {"mask_token", {}}}};
}

void read_named(NamedTokens& named, const Json& object, const fs::path& file) {
  for (auto& [key, token] : named) {
    const auto found = object.find(key);
    if (found != object.end() && !found->is_null()) token = read_added_token(*found, true, file);
  }
}

/// "added_tokens_decoder": {"49406": {"content": ...}, ...}
std::vector<ListedToken> read_decoder(const Json& decoder, const fs::path& file) {
  if (!decoder.is_object())
    fail(Code::bad_file, "{}: added_tokens_decoder is not an object", file.string());
  std::vector<ListedToken> listed;
  for (const auto& [key, value] : decoder.items()) {
    TokenId id = -1;
    const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), id);
    if (error != std::errc{} || end != key.data() + key.size() || id < 0 ||
        id >= static_cast<TokenId>(kMaxTokens)) {
      fail(Code::bad_file, "{}: {} in added_tokens_decoder is not an id from 0 to {}",
           file.string(), quote(key), kMaxTokens - 1);
    }
    listed.push_back({id, read_added_token(value, false, file)});
  }
  return listed;
}

/// added_tokens.json: {"token": id, ...}; its tokens are matched after normalisation unless they
/// also have a name.
std::vector<ListedToken> read_added_ids(const fs::path& file, const NamedTokens& named) {
  std::vector<ListedToken> listed;
  const Json object = read_object(file);
  for (const auto& [content, id] : object.items()) {
    AddedToken token = read_added_token(Json(content), false, file);
    token.normalized = std::none_of(
        named.begin(), named.end(),
        [&, &name = content](const Named& entry) { return entry.token.content == name; });
    listed.push_back({read_id(id, content, file), std::move(token)});
  }
  return listed;
}

/// Lists of further special tokens, under the current and the older names.
std::vector<AddedToken> read_extra(const Json& config, const fs::path& file) {
  std::vector<AddedToken> extra;
  for (const char* key : {"extra_special_tokens", "additional_special_tokens"}) {
    const auto list = config.find(key);
    if (list == config.end() || !list->is_array()) continue;
    for (const Json& value : *list) extra.push_back(read_added_token(value, true, file));
  }
  return extra;
}

/// Tokenizers without a limit contain an astronomically large number; then CLIP's 77 positions
/// apply.
std::size_t read_length(const Json& config, const fs::path& file) {
  const auto found = config.find("model_max_length");
  if (found == config.end() || found->is_null()) return kClipLength;
  const double length = found->is_number() ? found->get<double>() : 0;
  if (length < 2)
    fail(Code::bad_file, "{}: model_max_length is not a number of 2 or more", file.string());
  return length <= kMaxLength ? static_cast<std::size_t>(length) : kClipLength;
}

/// Tokens with an id first, ordered by id; then the named and the extra ones. A named token that
/// has an id is matched as its entry with the id says; otherwise its last name decides.
std::vector<AddedToken> in_order(const std::vector<ListedToken>& listed, const NamedTokens& named,
                                 const std::vector<AddedToken>& extra) {
  std::vector<AddedToken> added;
  std::map<std::string, std::size_t> index;
  const auto place = [&](const AddedToken& token) {
    const auto [entry, fresh] = index.emplace(token.content, added.size());
    fresh ? added.push_back(token) : void(added[entry->second] = token);
  };
  for (const ListedToken& entry : listed) place(entry.token);
  const std::size_t with_id = added.size();
  for (const Named& entry : named) {
    const auto found = index.find(entry.token.content);
    const bool has_id = found != index.end() && found->second < with_id;
    if (!entry.token.content.empty() && !has_id) place(entry.token);
  }
  for (const AddedToken& token : extra) {
    if (!index.contains(token.content)) place(token);
  }
  return added;
}

}  // namespace

TokenizerSettings read_tokenizer_settings(const fs::path& directory,
                                          const std::vector<ListedToken>& listed) {
  const fs::path config_file = directory / "tokenizer_config.json",
                 map_file = directory / "special_tokens_map.json";
  const fs::path ids_file = directory / "added_tokens.json";
  const Json config = is_there(config_file) ? read_object(config_file) : Json::object();
  NamedTokens named = defaults();
  read_named(named, config, config_file);
  TokenizerSettings settings;
  std::vector<AddedToken> extra = read_extra(config, config_file);
  // A configuration that describes its added tokens replaces all other sources.
  if (const auto decoder = config.find("added_tokens_decoder"); decoder != config.end()) {
    settings.listed = read_decoder(*decoder, config_file);
  } else {
    if (is_there(map_file)) read_named(named, read_object(map_file), map_file);
    if (is_there(ids_file)) settings.listed = read_added_ids(ids_file, named);
    settings.listed.insert(settings.listed.end(), listed.begin(), listed.end());
  }
  std::ranges::stable_sort(settings.listed, {}, &ListedToken::id);
  settings.added = in_order(settings.listed, named, extra);
  settings.length = read_length(config, config_file);
  settings.begin = named[kBegin].token.content;
  settings.end = named[kEnd].token.content;
  settings.unknown = named[kUnknown].token.content;
  settings.pad = named[kPad].token.content;
  return settings;
}

}  // namespace latentrt::text
