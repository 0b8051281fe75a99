#include "text/tokenizer_json.hpp"

#include "base/fail.hpp"
#include "base/quote.hpp"
#include "io/json.hpp"

namespace latentrt::text {
namespace {

constexpr std::size_t kMaxAddedTokenBytes = 256;  // limits the search at every byte of a text

bool read_flag(const Json& object, const char* key, bool fallback,
               const std::filesystem::path& file) {
  const auto found = object.find(key);
  if (found == object.end()) return fallback;
  if (!found->is_boolean())
    fail(Code::bad_file, "{}: {} of an added token is not true or false", file.string(), key);
  return found->get<bool>();
}

std::string read_content(const Json& value, const std::filesystem::path& file) {
  const std::string content = value.is_string() ? value.get<std::string>() : "";
  if (content.empty() || content.size() > kMaxAddedTokenBytes) {
    fail(Code::bad_file, "{}: an added token is not a text of 1 to {} bytes", file.string(),
         kMaxAddedTokenBytes);
  }
  return content;
}

}  // namespace

bool is_there(const std::filesystem::path& file) {
  std::error_code ignored;
  return std::filesystem::exists(file, ignored);
}

Json read_object(const std::filesystem::path& file) {
  const io::JsonLimits limits{.max_bytes = kMaxFileBytes, .max_values = 4 * kMaxTokens};
  Json json = io::parse_json(io::read_text_file(file, kMaxFileBytes), file.string(), limits);
  if (!json.is_object()) fail(Code::bad_file, "{} is not a JSON object", file.string());
  return json;
}

const Json& member(const Json& object, const char* key, const std::filesystem::path& file) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  if (found == object.end()) fail(Code::bad_file, "{}: {} is missing", file.string(), key);
  return *found;
}

TokenId read_id(const Json& id, const std::string& token, const std::filesystem::path& file) {
  if (!id.is_number_unsigned() || id.get<std::uint64_t>() >= kMaxTokens) {
    fail(Code::bad_file, "{}: the id of token {} is not a whole number from 0 to {}", file.string(),
         quote(token), kMaxTokens - 1);
  }
  return id.get<TokenId>();
}

AddedToken read_added_token(const Json& value, bool special, const std::filesystem::path& file) {
  if (!value.is_object()) return {.content = read_content(value, file)};
  AddedToken token{.content = read_content(member(value, "content", file), file)};
  token.special = read_flag(value, "special", special, file);
  token.normalized = read_flag(value, "normalized", !token.special, file);
  token.strip_left = read_flag(value, "lstrip", false, file);
  token.strip_right = read_flag(value, "rstrip", false, file);
  if (read_flag(value, "single_word", false, file)) {
    fail(Code::unsupported, "{}: added token {} has single_word, which is not supported",
         file.string(), quote(token.content));
  }
  return token;
}

}  // namespace latentrt::text
