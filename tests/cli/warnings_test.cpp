/// Warnings about flags and files without effect, on stderr and in --json.
#include <latentrt/tensor.hpp>
#include <nlohmann/json.hpp>

#include "cli/latentrt_fixture.hpp"

namespace latentrt::testing {
namespace {

class Warnings : public Latentrt {
 protected:
  /// The run's warnings; stderr has the same sentences.
  std::vector<std::string> warnings(Arguments arguments, const std::string& command = "txt2img") {
    arguments.emplace_back("--json");
    const Outcome outcome = generate(arguments, command);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    if (outcome.exit_code != 0) return {};
    const auto list =
        nlohmann::json::parse(outcome.out)["warnings"].get<std::vector<std::string>>();
    for (const std::string& sentence : list)
      EXPECT_NE(outcome.err.find("warning: " + sentence + "\n"), std::string::npos) << outcome.err;
    return list;
  }

  void expect_one(const std::vector<std::string>& list, const std::string& part) {
    ASSERT_EQ(list.size(), 1u);
    EXPECT_NE(list[0].find(part), std::string::npos) << list[0];
  }
};

const std::string kLong =
    "a small red circle above a large blue square on a white background, and a small green star "
    "next to a LARGE yellow circle, and nothing else at all in this picture";

TEST_F(Warnings, AreNoneWithoutCause) { EXPECT_TRUE(warnings({}).empty()); }

TEST_F(Warnings, QuoteTheEndOfALongPrompt) {
  const auto list = warnings({"--negative", kLong});
  ASSERT_EQ(list.size(), 1u);
  EXPECT_NE(list[0].find("nothing else at all in this picture\""), std::string::npos) << list[0];
  EXPECT_TRUE(warnings({"--negative", kLong, "--long-prompts"}).empty());
  EXPECT_TRUE(warnings({"--negative", kLong, "--guidance", "1"}).empty());
}

TEST_F(Warnings, NameAWordThatNoPromptHas) {
  const auto file = folder_ / "word.safetensors";
  write_tensors(file, {{"<toy>", {{1, 128}, std::vector<float>(128, 0.1F)}}});
  expect_one(warnings({"--embedding", file.string()}), "\"<toy>\" is in no prompt");
  EXPECT_TRUE(warnings({"--embedding", file.string(), "--negative", "a <toy>"}).empty());
  EXPECT_TRUE(warnings({"--embedding", file.string() + ":red"}).empty());
}

TEST_F(Warnings, ListTensorsThatTheModelHasNoPlaceFor) {
  const auto file = folder_ / "lora.safetensors";
  const HostTensor bias{{64}, std::vector<float>(64, 0.1F)};
  write_tensors(file, {{"conv_in.diff_b", bias}, {"conv_inn.diff_b", bias}});
  expect_one(warnings({"--lora", file.string()}), "no place for 1 of 2");
}

TEST_F(Warnings, OfAFileNameWithBlanksOfferAWord) {
  const auto file = models_ / "bad prompt v2.safetensors";
  write_tensors(file, {{"emb_params", {{1, 128}, std::vector<float>(128, 0.1F)}}});
  expect_refused(generate({"--embedding", file.string()}), "FILE:WORD");
  EXPECT_EQ(generate({"--embedding", file.string() + ":bad"}).exit_code, 0);
}

}  // namespace
}  // namespace latentrt::testing
