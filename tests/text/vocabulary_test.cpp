#include "text/vocabulary.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "support/expect_error.hpp"
#include "tokenizer_files.hpp"

namespace latentrt::text::testing {
namespace {

/// A broken file, and the required part of the sentence.
struct Broken {
  std::string content, sentence;
};

const Broken kBrokenIds[] = {
    {"", "vocab.json is not valid JSON"},
    {R"({"a": 0)", "vocab.json is not valid JSON"},
    {R"(["a", "b"])", "vocab.json is not a JSON object"},
    {"{}", "vocab.json: the vocabulary is not an object of 1 to 1000000 tokens"},
    {R"({"a": -1})", R"(vocab.json: the id of token "a" is not a whole number)"},
    {R"({"a": 1.5})", R"(vocab.json: the id of token "a" is not a whole number)"},
    {R"({"a": "0"})", R"(vocab.json: the id of token "a" is not a whole number)"},
    {R"({"a": null})", R"(vocab.json: the id of token "a" is not a whole number)"},
    {R"({"a": 1000000})", R"(vocab.json: the id of token "a" is not a whole number)"},
    {R"({"a": 18446744073709551616})", R"(vocab.json: the id of token "a" is not a whole number)"},
    {R"({"a": 0, "a": 1})", R"(vocab.json repeats key "a")"},
    {R"({"a": 0, "b": 0})", "id 0 belongs to two tokens"},
    {R"({"a": 0, "b": 2})", R"(token "b" has the id 2, but there are 2 tokens)"},
    {R"({"\u001b[2J": -1})", R"(token "\x1b[2J")"},
};

TEST(Vocabulary, BrokenIds) {
  for (const Broken& broken : kBrokenIds) {
    SCOPED_TRACE(broken.content);
    const TokenizerDir dir(broken.content, "");
    EXPECT_ERROR(Code::bad_file, broken.sentence, dir.load());
  }
}

const Broken kBrokenMerges[] = {
    {"a\n", "merges.txt: merge 1 is not two symbols"},
    {"#version: 0.2\na b</w>\na b b\n", "merges.txt: merge 2 is not two symbols"},
    {" b</w>\n", "merges.txt: merge 1 is not two symbols"},
    {"a \n", "merges.txt: merge 1 is not two symbols"},
    {"a b</w>\nc a\n", R"(merges.txt: merge 2 needs token "c", which is not in the vocabulary)"},
    {"b a\n", R"(merges.txt: merge 1 needs token "ba", which is not in the vocabulary)"},
    {"a b</w>\na b</w>\n", R"(merges.txt: merge 2 ("a" and "b</w>") occurs twice)"},
    {"a b</w>\n\xFF b\n", "merges.txt is not UTF-8 at byte 8"},
};

TEST(Vocabulary, BrokenMerges) {
  for (const Broken& broken : kBrokenMerges) {
    SCOPED_TRACE(broken.content);
    const TokenizerDir dir(kIds, broken.content);
    EXPECT_ERROR(Code::bad_file, broken.sentence, dir.load());
  }
}

TEST(Vocabulary, MergesMayHaveDosLineEndsAndBlankLines) {
  const TokenizerDir dir(kIds, "#version: 0.2\r\na b</w>\r\n\r\n");
  EXPECT_EQ(dir.load().tokenize("ab"), std::vector<std::int64_t>{4});
}

std::string single_file(std::string_view merges, std::string_view rest = "") {
  return fmt::format(R"({{"model": {{"type": "BPE", "vocab": {}, "merges": {}}}{}}})", kIds, merges,
                     rest);
}

TEST(Vocabulary, BrokenSingleFiles) {
  const Broken kBroken[] = {
      {"[]", "tokenizer.json is not a JSON object"},
      {"{}", "tokenizer.json: model is missing"},
      {R"({"model": 3})", "tokenizer.json: vocab is missing"},
      {R"({"model": {"vocab": {"a": 0}}})", "tokenizer.json: merges is missing"},
      {R"({"model": {"vocab": [["a", 0]], "merges": []}})", "the vocabulary is not an object"},
      {single_file(R"({"a": "b"})"), "tokenizer.json: merges is not a list"},
      {single_file(R"(["a b</w>", 3])"), "tokenizer.json: merge 2 is not two symbols"},
      {single_file(R"([["a", "b", "b"]])"), "tokenizer.json: merge 1 is not two symbols"},
      {single_file(R"([["a", 1]])"), "tokenizer.json: merge 1 is not two symbols"},
      {single_file(R"([["", "a"]])"), "tokenizer.json: merge 1 is not two symbols"},
      {single_file(R"(["a b b"])"), "tokenizer.json: merge 1 is not two symbols"},
      {single_file(R"([["a", "c"]])"), R"(merge 1 needs token "c")"},
      {single_file(R"([["a", "b</w>"], "a b</w>"])"), "merge 2 (\"a\" and \"b</w>\") occurs twice"},
      {single_file("[]", R"(, "added_tokens": {})"), "tokenizer.json: added_tokens is not a list"},
      {single_file("[]", R"(, "added_tokens": [{"id": 5}])"), "tokenizer.json: content is missing"},
      {single_file("[]", R"(, "added_tokens": [{"content": "x"}])"),
       "tokenizer.json: id is missing"},
      {single_file("[]", R"(, "added_tokens": [{"content": "b", "id": 0}])"),
       R"(token "b" has the ids 1 and 0)"},
      {single_file("[]", R"(, "added_tokens": [{"content": "x", "id": 9}])"),
       R"(token "x" has the id 9)"},
      {single_file("[]", R"(, "added_tokens": [{"content": "", "id": 7}])"),
       "an added token is not a text"},
  };
  for (const Broken& broken : kBroken) {
    SCOPED_TRACE(broken.content);
    EXPECT_ERROR(Code::bad_file, broken.sentence, SingleFileDir(broken.content).load());
  }
}

TEST(Vocabulary, OtherKindsOfTokenizersAreUnsupported) {
  EXPECT_ERROR(Code::unsupported, "not of the type BPE",
               SingleFileDir(R"({"model": {"type": "Unigram", "vocab": []}})").load());
}

TEST(Vocabulary, FilesThatAreNotThere) {
  const latentrt::testing::TempDir dir;
  EXPECT_ERROR(Code::not_found, "neither tokenizer.json nor vocab.json and merges.txt",
               ClipTokenizer::load(dir.path()));
  dir.write("vocab.json", kIds);
  EXPECT_ERROR(Code::not_found, "merges.txt", ClipTokenizer::load(dir.path()));
}

TEST(Vocabulary, FilesThatAreNoFiles) {
  const TokenizerDir dir;
  std::filesystem::create_directory(dir / "tokenizer.json");
  EXPECT_ERROR(Code::bad_file, "tokenizer.json", dir.load());
}

TEST(Vocabulary, HugeFilesAreNotRead) {
  for (const char* name : {"vocab.json", "merges.txt"}) {
    const TokenizerDir dir;
    std::filesystem::resize_file(dir / name, std::uintmax_t{1} << 40);  // takes no space
    EXPECT_ERROR(Code::bad_file, fmt::format("{} has 1099511627776 bytes", name), dir.load());
  }
}

TEST(Vocabulary, LongTokensAreCutInSentences) {
  const std::string token(50'000, 'x');
  const TokenizerDir dir(R"({")" + token + R"(": -1})", "");
  try {
    dir.load();
    FAIL();
  } catch (const Error& error) {
    EXPECT_LT(std::string(error.what()).size(), 1000u);
  }
}

}  // namespace
}  // namespace latentrt::text::testing
