/// Tokenizer directories: the files are separated by NULs; an empty file is absent.
#include <array>
#include <filesystem>

#include "fuzz/check.hpp"
#include "support/temp_dir.hpp"
#include "text/weighted_prompt.hpp"

using namespace latentrt;

namespace {

constexpr std::array kNames{
    "tokenizer.json",          "vocab.json",       "merges.txt", "tokenizer_config.json",
    "special_tokens_map.json", "added_tokens.json"};

void write_files(const testing::TempDir& folder, std::string_view rest) {
  for (const char* name : kNames) {
    const std::string_view content = rest.substr(0, rest.find('\0'));
    rest.remove_prefix(std::min(content.size() + 1, rest.size()));
    content.empty() ? void(std::filesystem::remove(folder / name))
                    : void(folder.write(name, content));
  }
}

void encode(const text::ClipTokenizer& tokenizer) {
  for (const std::string_view prompt : {"", "ab ba", "A (b:1.3) [c] <|endoftext|>\xC3\xA9"}) {
    const auto ids = text::tokenize_weighted(tokenizer, prompt).prompt.ids;
    fuzz::require(ids.size() == tokenizer.length(), "a prompt fills its length");
    for (const std::int64_t id : ids) {
      fuzz::require(id >= 0 && static_cast<std::size_t>(id) < tokenizer.vocab_size(),
                    "ids are in the vocabulary");
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const testing::TempDir folder;
  write_files(folder, fuzz::text_of(data, size));
  fuzz::refusable([] { encode(text::ClipTokenizer::load(folder.path())); });
  return 0;
}
