/// WordPiece compared with the reference tokenizer, and invalid files.
#include "text/word_piece.hpp"

#include <gtest/gtest.h>

#include "support/expect_error.hpp"
#include "tokenizer_files.hpp"

namespace latentrt::text::testing {
namespace {

using Ids = std::vector<std::int64_t>;

std::filesystem::path pieces_folder() {
  return std::filesystem::path(LATENTRT_SOURCE_DIR) / "tests/golden/word_piece";
}

Json golden_ids() { return Json::parse(std::ifstream(pieces_folder() / "ids.json")); }

void expect_ids(const std::filesystem::path& folder, const char* ids) {
  const Json golden = golden_ids();
  const WordPiece tokenizer = WordPiece::load(folder, golden["length"].get<std::size_t>());
  ASSERT_GT(golden["texts"].size(), 100u);
  for (std::size_t i = 0; i < golden["texts"].size(); ++i) {
    EXPECT_EQ(tokenizer.encode(golden["texts"][i].get<std::string>()).ids,
              golden[ids][i].get<Ids>())
        << golden["texts"][i];
  }
}

TEST(WordPieceGolden, OlderFile) { expect_ids(pieces_folder() / "lines", "padded"); }

TEST(WordPieceGolden, NewerFile) { expect_ids(pieces_folder() / "single_file", "padded"); }

TEST(WordPieceGolden, KeepsCapitalsWhereTheSettingsSaySo) {
  const latentrt::testing::TempDir folder;
  std::filesystem::copy_file(pieces_folder() / "lines/vocab.txt", folder / "vocab.txt");
  folder.write("tokenizer_config.json", R"({"do_lower_case": false})");
  expect_ids(folder.path(), "cased");
}

TEST(WordPiece, KnowsItsFolders) {
  EXPECT_TRUE(WordPiece::is_in(pieces_folder() / "lines"));
  EXPECT_TRUE(WordPiece::is_in(pieces_folder() / "single_file"));
  EXPECT_FALSE(WordPiece::is_in(golden_folder() / "single_file"));
  EXPECT_FALSE(WordPiece::is_in(golden_folder() / "two_files"));
}

TEST(WordPiece, SaysWhatIsCut) {
  const WordPiece tokenizer = WordPiece::load(pieces_folder() / "lines", 6);
  const TokenizedPrompt whole = tokenizer.encode("a b c d"),
                        cut = tokenizer.encode("a red circle above a blue square");
  EXPECT_FALSE(whole.truncated);
  EXPECT_TRUE(cut.truncated);
  EXPECT_GT(cut.token_count, 4u);
  EXPECT_EQ(cut.ids.size(), 6u);
}

TEST(WordPiece, NamesFilesThatAreNone) {
  const latentrt::testing::TempDir folder;
  EXPECT_ERROR(Code::not_found, "vocab.txt", WordPiece::load(folder.path(), 8));
  folder.write("vocab.txt", "[PAD]\n[UNK]\n[CLS]\na\n");
  EXPECT_ERROR(Code::bad_file, "token \"[SEP]\" is not in the vocabulary",
               WordPiece::load(folder.path(), 8));
  folder.write("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\na\n");
  EXPECT_ERROR(Code::bad_file, "token \"a\" has the ids 4 and 5",
               WordPiece::load(folder.path(), 8));
  folder.write("vocab.txt", "[PAD]\n\xff\n");
  EXPECT_ERROR(Code::bad_file, "is not UTF-8 at byte 6", WordPiece::load(folder.path(), 8));
  folder.write("tokenizer.json", R"({"model": {"type": "WordPiece", "vocab": {"a": -1}}})");
  EXPECT_ERROR(Code::bad_file, "the id of token \"a\"", WordPiece::load(folder.path(), 8));
  folder.write("tokenizer.json", R"({"model": {"type": "WordPiece", "vocab": []}})");
  EXPECT_ERROR(Code::bad_file, "the vocabulary is not an object",
               WordPiece::load(folder.path(), 8));
}

TEST(WordPiece, RefusesTextThatIsNone) {
  const WordPiece tokenizer = WordPiece::load(pieces_folder() / "lines", 8);
  EXPECT_ERROR(Code::invalid_argument, "UTF-8", tokenizer.encode("a\xff"));
}

}  // namespace
}  // namespace latentrt::text::testing
