#pragma once
/// What the readers of tokenizer files share.

#include <filesystem>
#include <nlohmann/json.hpp>

#include "text/vocabulary.hpp"

namespace latentrt::text {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMaxFileBytes = 32u << 20;
constexpr std::size_t kMaxTokens = 1'000'000;

bool is_there(const std::filesystem::path& file);

/// The JSON object that a file holds. Throws Error(bad_file) that names the file.
Json read_object(const std::filesystem::path& file);

/// Throws Error(bad_file) when the key is not there.
const Json& member(const Json& object, const char* key, const std::filesystem::path& file);

/// A token's id as written in a file. `token` names it in the error sentence.
TokenId read_id(const Json& id, const std::string& token, const std::filesystem::path& file);

/// An added token, written as its text or as an object. What is not written: a special token is
/// looked for before normalisation, another one after it.
AddedToken read_added_token(const Json& value, bool special, const std::filesystem::path& file);

}  // namespace latentrt::text
