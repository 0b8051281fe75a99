/// Answers of the public classes.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <latentrt/tensor.hpp>
#include <latentrt/text.hpp>
#include <limits>
#include <nlohmann/json.hpp>

#include "support/expect_error.hpp"
#include "support/golden_language_model.hpp"
#include "support/temp_dir.hpp"

namespace latentrt {
namespace {

using testing::golden_language_model_folder;

TextModel words() {
  return TextModel::load(Context::create(), golden_language_model_folder("words"));
}

TextOptions small(const std::string& policy) {
  return {.gen_length = 16,
          .block_length = 8,
          .steps = 8,
          .policy = Spec::parse(policy),
          .temperature = 0.8};
}

TEST(TextSampler, TheObserverSeesEveryStep) {
  const TextModel model = words();
  for (const char* policy : {"low_confidence", "rcr", "threshold:tau=0.05"}) {
    TextSampler sampler(model, small(policy));
    std::size_t steps = 0;
    std::vector<TokenIds> last(1, TokenIds(16, *model.info().mask_id));
    const TextResult result = sampler.run({.prompts = {{5, 6}}}, [&](const TextStep& step) {
      EXPECT_EQ(step.step, ++steps);
      EXPECT_EQ(step.before, last);
      last = step.answers;
    });
    EXPECT_EQ(result.answers, last) << policy;
    EXPECT_EQ(result.forwards, steps) << policy;
    EXPECT_EQ(std::ranges::count(last[0], *model.info().mask_id), 0) << policy;
  }
}

/// Committed tokens are among the predictions of their step, and requesting predictions does not
/// change the answers.
TEST(TextSampler, PredictionsAreToldWhereTheyAreAskedFor) {
  const TextModel model = words();
  const std::int64_t mask = *model.info().mask_id;
  const TextRequest plain{.prompts = {{5, 6}, {9}}, .seed = 3};
  TextRequest asking = plain;
  asking.predictions = true;
  for (const char* policy : {"low_confidence", "random", "rcr", "threshold:tau=0.05"}) {
    TextSampler sampler(model, small(policy));
    const TextResult without = sampler.run(plain, [&](const TextStep& step) {
      EXPECT_TRUE(step.predictions.empty() && step.confidence.empty());
    });
    const TextResult with = sampler.run(asking, [&](const TextStep& step) {
      for (std::size_t i = 0; i < 2; ++i)
        for (std::size_t k = 0; k < 16; ++k) {
          const bool was_masked = step.before[i][k] == mask;
          EXPECT_NE(step.predictions[i][k], mask);
          EXPECT_EQ(step.confidence[i][k] == 0, !was_masked);
          EXPECT_TRUE(was_masked || step.predictions[i][k] == step.before[i][k]);
          EXPECT_TRUE(step.answers[i][k] == mask || step.answers[i][k] == step.predictions[i][k]);
        }
    });
    EXPECT_EQ(with.answers, without.answers) << policy;
    EXPECT_EQ(with.forwards, without.forwards) << policy;
  }
}

/// The end token is the sixth token of the first answer.
TEST(TextSampler, AnswersThatEndEarlyLeaveTheBatch) {
  const testing::TempDir folder;
  std::filesystem::copy(golden_language_model_folder("llada"), folder / "copy");
  TextOptions options{.gen_length = 16, .block_length = 8, .steps = 8};
  const TextRequest request{.prompts = {{5, 17, 3}, {9}}};
  const TextResult plain =
      TextSampler(TextModel::load(Context::create(), folder / "copy"), options).run(request);
  const std::int64_t end = plain.answers[0][5];
  auto config = nlohmann::json::parse(std::ifstream(folder / "copy/config.json"));
  config["eos_token_id"] = end;
  folder.write("copy/config.json", config.dump());
  options.early_stop = true;
  const TextModel model = TextModel::load(Context::create(), folder / "copy");
  TextSampler sampler(model, options);
  std::vector<TokenIds> last(2, TokenIds(16, *model.info().mask_id));
  const TextResult made = sampler.run(request, [&](const TextStep& step) {
    EXPECT_EQ(step.before, last);
    last = step.answers;
  });
  EXPECT_EQ(made.answers, last);
  EXPECT_LT(made.rows, plain.rows);
  for (std::size_t i = 0; i < 2; ++i) {
    const auto at = std::ranges::find(plain.answers[i], end) - plain.answers[i].begin();
    EXPECT_TRUE(std::equal(plain.answers[i].begin(), plain.answers[i].begin() + at,
                           made.answers[i].begin()));
    EXPECT_EQ(std::ranges::count(made.answers[i], end), 16 - at);
  }
  options.policy = Spec::parse("rcr");
  EXPECT_ERROR(Code::invalid_argument, "scope=block", TextSampler(model, options));
}

TEST(TextSampler, ARunLeavesNothingBehind) {
  TextSampler sampler(words(), small("rcr"));
  const TextResult first = sampler.run({.prompts = {{5, 6}}, .seed = 4});
  sampler.run({.prompts = {{9}, {1, 2, 3}}, .seed = 1});
  EXPECT_EQ(sampler.run({.prompts = {{5, 6}}, .seed = 4}).answers, first.answers);
}

TEST(TextSampler, EachPromptHasItsSeed) {
  TextSampler sampler(words(), small("random"));
  const TextResult both = sampler.run({.prompts = {{5}, {5}}, .seeds = {8, 3}});
  EXPECT_EQ(both.answers[0], sampler.run({.prompts = {{5}}, .seed = 8}).answers[0]);
  EXPECT_EQ(both.answers[1], sampler.run({.prompts = {{5}}, .seed = 3}).answers[0]);
  EXPECT_NE(both.answers[0], both.answers[1]);
  EXPECT_EQ(both.rows, 2 * both.forwards);
}

TEST(TextSampler, RefusesWhatItCannotRun) {
  const TextModel model = words();
  TextSampler sampler(model, small("rcr"));
  EXPECT_ERROR(Code::invalid_argument, "0 prompts are outside 1 to", sampler.run({}));
  EXPECT_ERROR(Code::invalid_argument, "1 seeds for 2 prompts",
               sampler.run({.prompts = {{1}, {2}}, .seeds = {1}}));
  EXPECT_ERROR(Code::invalid_argument, "prompt 2: id 464 at position 1",
               sampler.check({.prompts = {{1}, {2, 464}}}));
  TextOptions options = small("rcr");
  options.temperature = -1;
  EXPECT_ERROR(Code::invalid_argument, "temperature -1", TextSampler(model, options));
  const TextModel structure = TextModel::load(
      Context::create(), golden_language_model_folder("words"), {.structure_only = true});
  EXPECT_EQ(structure.info().parameters, model.info().parameters);
  EXPECT_ERROR(Code::invalid_argument, "structure_only",
               TextSampler(structure, small("rcr")).run({.prompts = {{1}}}));
}

TextOptions cached(const std::string& accel, const std::string& policy = "low_confidence") {
  TextOptions options = small(policy);
  options.accelerators = {Spec::parse(accel)};
  return options;
}

TEST(TextSampler, SaysWhatCameFromACache) {
  const TextModel model = words();
  const TextRequest request{.prompts = {{5, 6, 7}, {9}}};
  const TextResult plain = TextSampler(model, small("low_confidence")).run(request);
  EXPECT_EQ(plain.cached, 0);
  EXPECT_EQ(plain.cache_bytes, 0U);
  EXPECT_DOUBLE_EQ(plain.tokens_per_forward, 2);
  TextSampler sampler(model, cached("blockcache:kind=dual"));
  const TextResult result = sampler.run(request);
  EXPECT_EQ(result.forwards, 8U);
  EXPECT_EQ(result.rows, 16U);
  EXPECT_DOUBLE_EQ(result.tokens_per_forward, 2);
  // Two of the eight calls compute all 19 and 17 tokens, the others only the 8 tokens of a block.
  EXPECT_DOUBLE_EQ(result.cached, 6.0 * (11 + 9) / (8 * (19 + 17)));
  // One layer; two rows of 19 tokens; keys and values of 8 channels each; fp32.
  EXPECT_EQ(result.cache_bytes, 2U * 19 * 2 * 8 * 4);
  EXPECT_TRUE(result.notes.empty());
  EXPECT_EQ(sampler.run(request).answers, result.answers);
}

/// With a policy without a schedule, answers leave the batch as soon as they are finished.
TEST(TextSampler, AnswersLeaveTheBatchWithTheirCache) {
  const TextModel model = words();
  const std::vector<TokenIds> prompts{{5, 6, 7}, {9}, {4, 8}};
  for (const char* accel : {"blockcache", "blockcache:kind=dual", "blockcache:refresh=2", "dkv"}) {
    TextSampler sampler(model, cached(accel, "threshold:tau=0.3"));
    const TextResult all = sampler.run({.prompts = prompts, .seed = 3});
    std::size_t rows = 0;
    for (std::size_t i = 0; i < prompts.size(); ++i) {
      const TextResult own = sampler.run({.prompts = {prompts[i]}, .seed = 3 + i});
      EXPECT_EQ(all.answers[i], own.answers[0]) << accel << ", prompt " << i;
      rows += own.rows;
    }
    EXPECT_EQ(all.rows, rows) << accel;
    EXPECT_LT(rows, prompts.size() * all.forwards) << accel;
  }
}

/// With one block and no prompt, the tokens from the beginning of the block on are all tokens.
TEST(TextSampler, SaysWhereACacheIsNeverRead) {
  TextOptions options = cached("blockcache");
  options.block_length = 16;
  TextSampler sampler(words(), options);
  const TextResult empty = sampler.run({.prompts = {{}}});
  ASSERT_EQ(empty.notes.size(), 1U);
  EXPECT_NE(empty.notes[0].find("the cache was never read"), std::string::npos);
  EXPECT_TRUE(sampler.run({.prompts = {{5}}}).notes.empty());
}

TEST(TextSampler, RefusesAcceleratorsOfPictures) {
  const TextModel model = words();
  EXPECT_ERROR(Code::invalid_argument, "'cudagraph' works on the launch axis",
               TextSampler(model, cached("cudagraph")));
  EXPECT_ERROR(Code::invalid_argument, "no skip connection",
               TextSampler(model, cached("deepcache")));
  EXPECT_ERROR(Code::invalid_argument, "scope=block",
               TextSampler(model, cached("blockcache", "rcr")));
  EXPECT_ERROR(Code::invalid_argument, "dkv: refresh=\"0\"",
               TextSampler(model, cached("dkv:refresh=0")));
  TextOptions both = cached("blockcache");
  both.accelerators.push_back(Spec::parse("dkv"));
  EXPECT_ERROR(Code::invalid_argument, "both work on the depth axis", TextSampler(model, both));
}

TEST(TextSampler, LogitsThatAreNoNumbersEndARun) {
  const testing::TempDir folder;
  std::filesystem::copy(golden_language_model_folder("words"), folder / "copy");
  const std::filesystem::path file = folder / "copy/model.safetensors";
  TensorMap tensors = read_tensors(file);
  tensors.at("model.transformer.ln_f.weight").data[0] = std::numeric_limits<float>::quiet_NaN();
  write_tensors(file, tensors);
  const TextModel model = TextModel::load(Context::create(), folder / "copy");
  for (const char* policy : {"low_confidence", "random", "rcr"})
    EXPECT_ERROR(Code::non_finite, "the logits hold NaN",
                 TextSampler(model, small(policy)).run({.prompts = {{1}}}));
}

TEST(TextSampler, Bf16RunsToo) {
  const TextModel model = TextModel::load(Context::create(), golden_language_model_folder("llada"),
                                          {.dtype = DType::bf16});
  TextSampler sampler(model, {.gen_length = 32, .block_length = 16, .steps = 8});
  EXPECT_EQ(sampler.run({.prompts = {{5, 17, 3}}}).answers[0].size(), 32u);
}

/// 1.49 B and 8.02 B parameters, of which 0.97 B and 6.98 B are not embeddings.
TEST(TextModel, PublishedSizesHaveAsManyParameters) {
  const auto parameters = [](const char* name) {
    return TextModel::synthetic(Context::create(), name, 1, {.structure_only = true})
        .info()
        .parameters;
  };
  EXPECT_EQ(parameters("llada-1b"), 1487243264u);
  EXPECT_EQ(parameters("llada-8b"), 8015581184u);
  EXPECT_EQ(TextModel::synthetic_names(), (std::vector<std::string>{"llada-1b", "llada-8b"}));
  EXPECT_ERROR(Code::invalid_argument, "it is one of llada-1b, llada-8b", parameters("llada-2b"));
}

TEST(TextPolicies, AreListedWithTheirOptions) {
  std::vector<std::string> names;
  for (const NamedOptions& policy : describe_text_policies()) names.push_back(policy.name);
  EXPECT_EQ(names, (std::vector<std::string>{"entropy_bound", "low_confidence", "random",
                                             "threshold", "factor", "rcr"}));
}

}  // namespace
}  // namespace latentrt
