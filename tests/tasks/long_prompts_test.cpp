/// Prompts with more tokens than the text encoders read: the warnings, and the encoded chunks.
#include <gtest/gtest.h>

#include <algorithm>
#include <latentrt/sampler.hpp>
#include <latentrt/tensor.hpp>

#include "pipeline/conditioning.hpp"
#include "pipeline/prompts.hpp"
#include "support/expect_error.hpp"

namespace latentrt {
namespace {

const std::filesystem::path kModels =
    std::filesystem::path(LATENTRT_SOURCE_DIR) / "tests/golden/pipelines";

Pipeline load(const char* model) { return Pipeline::load(Context::create(), kModels / model); }

/// For these models' text encoders: tokens per chunk, and those available to the user.
constexpr std::int64_t kTokens = 20;
constexpr std::size_t kLimit = 18;

std::string words(std::size_t count, const std::string& word) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += (i == 0 ? "" : " ") + word;
  return text;
}

Request request_of(const std::string& prompt, bool long_prompts = true) {
  Request request;
  request.prompt = prompt;
  request.long_prompts = long_prompts;
  request.width = request.height = 16;
  return request;
}

/// The network's conditioning, rows of the negative prompt first.
nn::NamedTensors conditioning(const Pipeline& pipeline, const Request& request) {
  const Pipeline::State& model = *pipeline.state();
  return pipeline::make_conditioning(
      model, {request, {16, 16}, true, 7.5, pipeline::prompt_chunks(model, request, true)});
}

at::Tensor states(const Pipeline& pipeline, const Request& request) {
  return conditioning(pipeline, request).at("encoder_hidden_states");
}

std::vector<float> latents(const Pipeline& pipeline, const Request& request) {
  return Sampler(pipeline, {.steps = 2}).run(request).latents.data;
}

class LongPrompts : public ::testing::TestWithParam<const char*> {};

TEST_P(LongPrompts, ShorterThanTheLimitChangeNothing) {
  const Pipeline pipeline = load(GetParam());
  EXPECT_TRUE(states(pipeline, request_of("a red circle"))
                  .equal(states(pipeline, request_of("a red circle", false))));
}

/// Each chunk equals its text encoded as a prompt of its own.
TEST_P(LongPrompts, AreTheirChunksOneAfterTheOther) {
  const Pipeline pipeline = load(GetParam());
  const std::string first = words(kLimit, "a"), second = "circle above";
  Request both = request_of(first + " " + second);
  both.negative = "square";
  const at::Tensor whole = states(pipeline, both);
  ASSERT_EQ(whole.size(1), 2 * kTokens);
  const auto alone = [&](const std::string& prompt, const std::string& negative) {
    Request request = request_of(prompt, false);
    request.negative = negative;
    return states(pipeline, request);
  };
  EXPECT_TRUE(whole.narrow(1, 0, kTokens).equal(alone(first, "square")));
  EXPECT_TRUE(whole.narrow(1, kTokens, kTokens).equal(alone(second, "")));
}

TEST_P(LongPrompts, FillUpTheShorterOfTheTwo) {
  const Pipeline pipeline = load(GetParam());
  Request request = request_of("circle");
  request.negative = words(2 * kLimit + 1, "a");
  EXPECT_EQ(states(pipeline, request).size(1), 3 * kTokens);
}

INSTANTIATE_TEST_SUITE_P(Models, LongPrompts, ::testing::Values("sd1", "sdxl"),
                         [](const auto& model) { return std::string(model.param); });

TEST(LongPrompt, HasThePooledStateOfItsFirstChunk) {
  const Pipeline pipeline = load("sdxl");
  const std::string first = words(kLimit, "a");
  EXPECT_TRUE(conditioning(pipeline, request_of(first + " circle"))
                  .at("text_embeds")
                  .equal(conditioning(pipeline, request_of(first, false)).at("text_embeds")));
}

TEST(LongPrompt, CarriesWeightsIntoItsChunks) {
  const Pipeline pipeline = load("sd1");
  Request request = request_of(words(kLimit - 1, "a") + " (a b:1.4)");
  request.weighted_prompts = true;
  Request second = request_of("(b:1.4)", false);
  second.weighted_prompts = true;
  EXPECT_TRUE(states(pipeline, request)
                  .narrow(1, kTokens, kTokens)
                  .narrow(0, 1, 1)
                  .equal(states(pipeline, second).narrow(0, 1, 1)));
}

TEST(LongPrompt, ChangesThePicture) {
  const Pipeline pipeline = load("sd1");
  const std::string prompt = words(kLimit, "a") + " circle";
  const std::vector<float> cut = latents(pipeline, request_of(prompt, false));
  EXPECT_EQ(cut, latents(pipeline, request_of(words(kLimit, "a"), false)));
  EXPECT_NE(cut, latents(pipeline, request_of(prompt)));
}

TEST(LongPrompt, CountsInTheEstimates) {
  const Pipeline pipeline = load("sd1");
  const Sampler sampler(pipeline, {.steps = 2});
  const Request one = request_of("a"), many = request_of(words(kLimit * 40, "a"));
  EXPECT_GT(sampler.memory(many).denoise, sampler.memory(one).denoise);
  EXPECT_GT(sampler.costs(many)[0].attention_macs, sampler.costs(one)[0].attention_macs);
}

TEST(LongPrompt, BeyondTheLimitIsRefused) {
  const Sampler sampler(load("sd1"), {.steps = 2});
  EXPECT_NO_THROW(sampler.check(request_of(words(kLimit * 64, "a"))));
  EXPECT_ERROR(Code::invalid_argument, "65 parts of 18 tokens; at most 64",
               sampler.check(request_of(words(kLimit * 64 + 1, "a"))));
}

TEST(PromptWarnings, QuoteWhatIsCut) {
  const Pipeline pipeline = load("sdxl");
  const std::string prompt = words(kLimit, "a") + " RED  Circle";
  const auto warnings = pipeline.prompt_warnings({"a", prompt});
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_NE(warnings[0].find("\"RED  Circle\""), std::string::npos) << warnings[0];
  EXPECT_TRUE(pipeline.prompt_warnings({prompt}, {.long_prompts = true}).empty());
  EXPECT_TRUE(pipeline.prompt_warnings({words(kLimit, "a")}).empty());
}

TEST(PromptWarnings, AreInTheResult) {
  const Pipeline pipeline = load("sd1");
  Request request = request_of(words(kLimit, "a") + " circle", false);
  const Sampler sampler(pipeline, {.steps = 1});
  EXPECT_EQ(sampler.run(request).warnings.size(), 1u);
  request.negative = words(kLimit + 1, "b");
  EXPECT_EQ(sampler.run(request).warnings.size(), 2u);
  EXPECT_TRUE(sampler.run(request_of("circle")).warnings.empty());
}

}  // namespace
}  // namespace latentrt
