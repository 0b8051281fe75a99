#pragma once
/// Tokenizer directories for tests.

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "support/temp_dir.hpp"
#include "text/clip_tokenizer.hpp"

namespace latentrt::text::testing {

using Json = nlohmann::ordered_json;

inline std::filesystem::path golden_folder() {
  return std::filesystem::path(LATENTRT_SOURCE_DIR) / "tests/golden/tokenizer";
}

inline Json golden_json(std::string_view name) {
  return Json::parse(std::ifstream(golden_folder() / name));
}

/// Two letters, one merge and the two special tokens: the smallest files that can be loaded.
constexpr std::string_view kIds = R"({"a": 0, "b": 1, "a</w>": 2, "b</w>": 3, "ab</w>": 4,
                                      "<|startoftext|>": 5, "<|endoftext|>": 6})";
constexpr std::string_view kMerges = "#version: 0.2\na b</w>\n";

/// A folder with vocab.json and merges.txt.
class TokenizerDir : public latentrt::testing::TempDir {
 public:
  explicit TokenizerDir(std::string_view ids = kIds, std::string_view merges = kMerges) {
    write("vocab.json", ids);
    write("merges.txt", merges);
  }

  ClipTokenizer load() const { return ClipTokenizer::load(path()); }
};

/// A folder with only tokenizer.json.
class SingleFileDir : public latentrt::testing::TempDir {
 public:
  explicit SingleFileDir(std::string_view content) { write("tokenizer.json", content); }

  ClipTokenizer load() const { return ClipTokenizer::load(path()); }
};

}  // namespace latentrt::text::testing
