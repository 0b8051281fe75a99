#pragma once
/// Common functions of the readers of tokenizer files.

#include <filesystem>
#include <nlohmann/json.hpp>

#include "text/vocabulary.hpp"

namespace latentrt::text {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMaxFileBytes = 32u << 20;
constexpr std::size_t kMaxTokens = 1'000'000;

bool is_there(const std::filesystem::path& file);

/// The JSON object in a file. Throws Error(bad_file) that names the file.
Json read_object(const std::filesystem::path& file);

/// Throws Error(bad_file) if the key does not exist.
const Json& member(const Json& object, const char* key, const std::filesystem::path& file);

/// Of the content of a tokenizer.json. Throws Error(bad_file, unsupported) that names file and
/// entry.
Vocabulary vocabulary_of(const Json& tokenizer, const std::filesystem::path& file);

/// A token's id in a file. `token` names it in the error sentence.
TokenId read_id(const Json& id, const std::string& token, const std::filesystem::path& file);

/// An added token, written as its text or as an object. By default a special token is matched
/// before normalisation, any other one after it.
AddedToken read_added_token(const Json& value, bool special, const std::filesystem::path& file);

}  // namespace latentrt::text
