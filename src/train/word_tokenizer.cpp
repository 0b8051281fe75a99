/// Tokenizers of small models, with one token for each word.

#include <latentrt/train.hpp>
#include <nlohmann/json.hpp>

#include "base/fail.hpp"
#include "base/quote.hpp"
#include "text/byte_alphabet.hpp"

namespace latentrt {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kBytes = 256;

const std::string& byte_symbol(int byte) {
  return text::symbol_of(static_cast<unsigned char>(byte));
}

/// Returns the text in GPT-2's byte alphabet: one character for each byte.
std::string in_alphabet(const std::string& text) {
  std::string symbols;
  for (const char byte : text) symbols += text::symbol_of(static_cast<unsigned char>(byte));
  return symbols;
}

class WordVocabulary {
 public:
  /// Adds an entry to the vocabulary and returns its id. `text` is the text that the entry
  /// represents.
  std::int64_t add(const std::string& entry, const std::string& text) {
    const auto id = std::ssize(entries_);
    if (entries_.contains(entry))
      fail(Code::invalid_argument, "the token {} occurs twice in a vocabulary", quote(text));
    entries_[entry] = id;
    return id;
  }
  const Json& entries() const { return entries_; }

 private:
  Json entries_ = Json::object();
};

Json added_token(std::int64_t id, const std::string& content) {
  return {{"id", id},        {"content", content},  {"single_word", false}, {"lstrip", false},
          {"rstrip", false}, {"normalized", false}, {"special", true}};
}

}  // namespace

std::string word_tokenizer(const std::vector<std::string>& words,
                           const std::vector<std::string>& special) {
  WordVocabulary vocabulary;
  for (int byte = 0; byte < kBytes; ++byte) vocabulary.add(byte_symbol(byte), byte_symbol(byte));
  for (const std::string& word : words) vocabulary.add(in_alphabet(word), word);
  Json added = Json::array();
  for (const std::string& token : special)
    added.push_back(added_token(vocabulary.add(token, token), token));
  const Json byte_level = {{"type", "ByteLevel"},
                           {"add_prefix_space", false},
                           {"trim_offsets", true},
                           {"use_regex", true}};
  const Json tokenizer = {{"version", "1.0"},
                          {"truncation", nullptr},
                          {"padding", nullptr},
                          {"added_tokens", added},
                          {"normalizer", nullptr},
                          {"pre_tokenizer", byte_level},
                          {"post_processor", nullptr},
                          {"decoder", byte_level},
                          {"model",
                           {{"type", "BPE"},
                            {"dropout", nullptr},
                            {"unk_token", nullptr},
                            {"continuing_subword_prefix", nullptr},
                            {"end_of_word_suffix", nullptr},
                            {"fuse_unk", false},
                            {"byte_fallback", false},
                            {"ignore_merges", true},
                            {"vocab", vocabulary.entries()},
                            {"merges", Json::array()}}}};
  return tokenizer.dump() + "\n";
}

}  // namespace latentrt
