/// Textual inversion: words added to a copy of the text encoders, and refused if they do not fit.
#include <gtest/gtest.h>

#include <latentrt/sampler.hpp>
#include <latentrt/tensor.hpp>
#include <limits>

#include "support/expect_error.hpp"
#include "support/temp_dir.hpp"

namespace latentrt {
namespace {

using testing::TempDir;

const std::filesystem::path kModels =
    std::filesystem::path(LATENTRT_SOURCE_DIR) / "tests/golden/pipelines";

Pipeline load(const char* model) { return Pipeline::load(Context::create(), kModels / model); }

HostTensor vectors(std::int64_t count, std::int64_t width, float value = 0.25F) {
  return {{count, width}, std::vector<float>(static_cast<std::size_t>(count * width), value)};
}

std::vector<float> latents(const Pipeline& pipeline, const std::string& prompt) {
  Request request;
  request.prompt = prompt;
  request.width = request.height = 16;
  return Sampler(pipeline, {.steps = 2}).run(request).latents.data;
}

class TextualInversionFile : public ::testing::Test {
 protected:
  Pipeline with(const char* model, const TensorMap& tensors, const std::string& token) {
    write_tensors(file_, tensors);
    return load(model).with_textual_inversions({{file_, token}});
  }

  void expect_refused(std::string_view part, const char* model, const TensorMap& tensors,
                      const std::string& token = "<w>") {
    EXPECT_ERROR(Code::invalid_argument, part, with(model, tensors, token));
  }

  TempDir folder_;
  std::filesystem::path file_ = folder_ / "word.safetensors";
};

TEST_F(TextualInversionFile, ChangesPromptsWithTheWordOnly) {
  const Pipeline base = load("sd1"), taught = with("sd1", {{"<w>", vectors(2, 16)}}, "");
  EXPECT_EQ(latents(base, "a circle"), latents(taught, "a circle"));
  EXPECT_NE(latents(base, "a <w> circle"), latents(taught, "a <w> circle"));
  EXPECT_EQ(latents(taught, "a <W> circle"), latents(taught, "a <w> circle"));
}

TEST_F(TextualInversionFile, WordsAreToldApart) {
  const Pipeline one = with("sd1", {{"<w>", vectors(1, 16)}}, "");
  write_tensors(file_, {{"x", vectors(1, 16, -1)}});
  const Pipeline both = one.with_textual_inversions({{file_, "<v>"}});
  EXPECT_EQ(latents(one, "<w>"), latents(both, "<w>"));
  EXPECT_NE(latents(both, "<v>"), latents(both, "<w>"));
  EXPECT_ERROR(Code::invalid_argument, "already has a token \"<V>\"",
               both.with_textual_inversions({{file_, "<V>"}}));
}

TEST_F(TextualInversionFile, ThatDoesNotFitIsRefused) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  expect_refused("17 channels", "sd1", {{"x", vectors(1, 17)}});
  expect_refused("has shape [0,16]", "sd1", {{"x", vectors(0, 16)}});
  expect_refused("has shape [1,1,16]", "sd1", {{"x", {{1, 1, 16}, std::vector<float>(16)}}});
  expect_refused("tensor \"x\"", "sd1", {{"x", vectors(1, 16, nan)}});
  expect_refused("holds 2 tensors", "sd1",
                 {{"clip_l", vectors(1, 16)}, {"clip_g", vectors(1, 24)}});
  expect_refused("holds 2 tensors", "sdxl", {{"a", vectors(1, 16)}, {"b", vectors(1, 24)}});
}

/// Tools write "emb_params" for every word, so the word is the file's name.
TEST_F(TextualInversionFile, TakesTheNameThatSaysSomething) {
  const Pipeline named = with("sd1", {{"<w>", vectors(2, 16)}}, "");
  EXPECT_TRUE(named.prompt_warnings({"a <w>"}).empty());
  const Pipeline by_file = with("sd1", {{"emb_params", vectors(2, 16)}}, "");
  EXPECT_TRUE(by_file.prompt_warnings({"a word"}).empty());
  const Pipeline both = with("sdxl", {{"clip_l", vectors(1, 16)}, {"clip_g", vectors(1, 24)}}, "");
  EXPECT_TRUE(both.prompt_warnings({"a word"}).empty());
  file_ = folder_ / "bad word v2.safetensors";
  expect_refused("\"bad word v2\" is not one word", "sd1", {{"emb_params", vectors(1, 16)}}, "");
  expect_refused("FILE:WORD", "sd1", {{"two words", vectors(1, 16)}}, "");
}

TEST_F(TextualInversionFile, WarnsOfAWordThatNoPromptHas) {
  const Pipeline taught = with("sd1", {{"<w>", vectors(2, 16)}}, "");
  const auto warnings = taught.prompt_warnings({"a circle", "w"});
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_NE(warnings[0].find("\"<w>\" is in no prompt"), std::string::npos);
  EXPECT_TRUE(taught.prompt_warnings({"a circle", "(<W>:1.2)"}, {.weighted = true}).empty());
  EXPECT_TRUE(load("sd1").prompt_warnings({"a circle"}).empty());
}

TEST_F(TextualInversionFile, WordsAreNames) {
  for (const char* token : {"two words", "new\nline", "\xFF", "<|endoftext|>"})
    EXPECT_ERROR(Code::invalid_argument, "token", with("sd1", {{"x", vectors(1, 16)}}, token));
}

}  // namespace
}  // namespace latentrt
