/// How answers are sampled where nothing is asked for, and models without weights.
#include <gtest/gtest.h>

#include <latentrt/text.hpp>

#include "support/expect_error.hpp"
#include "support/golden_language_model.hpp"
#include "support/temp_dir.hpp"
#include "support/tiny_masked_model.hpp"

namespace latentrt {
namespace {

using testing::tiny_masked_model;

TEST(TextDefaults, AreThoseOfTheModelsFiles) {
  const testing::TempDir folder;
  EXPECT_EQ(default_text_options(tiny_masked_model(folder)).gen_length, TextOptions{}.gen_length);
  folder.write("generation_config.json", R"({"gen_length": 8, "block_length": 4, "top_p": 0.5})");
  const TextOptions options = default_text_options(tiny_masked_model(folder));
  EXPECT_EQ(options.gen_length, 8);
  EXPECT_EQ(options.block_length, 4);
  EXPECT_EQ(options.steps, TextOptions{}.steps);
  EXPECT_EQ(options.top_p, 1);
}

TEST(TextDefaults, OfWrongTypesOrSizesAreRefused) {
  const testing::TempDir folder;
  for (const char* wrong : {R"({"steps": 0})", R"({"gen_length": "8"})", R"({"block_length": 1e9})",
                            R"({"steps": 99999999999})"}) {
    folder.write("generation_config.json", wrong);
    EXPECT_ERROR(Code::invalid_argument, "generation_config.json", tiny_masked_model(folder));
  }
  folder.write("generation_config.json", "[]");
  EXPECT_ERROR(Code::bad_file, "generation_config.json", tiny_masked_model(folder));
}

TEST(RandomWeights, FollowFromTheSeedAndNeedNoFile) {
  const testing::TempDir folder;
  const auto answer = [&](std::uint64_t seed) {
    TextSampler sampler(tiny_masked_model(folder, seed),
                        {.gen_length = 8, .block_length = 8, .steps = 8, .temperature = 1});
    return sampler.run({.prompts = {{1}}, .seed = 5}).answers;
  };
  EXPECT_EQ(answer(3), answer(3));
  EXPECT_NE(answer(3), answer(4));
  EXPECT_ERROR(Code::not_found, "model", TextModel::load(Context::create(), folder.path()));
}

}  // namespace
}  // namespace latentrt
