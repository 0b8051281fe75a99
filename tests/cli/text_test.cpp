/// `latentrt text`: answers equal the goldens token for token, as JSON and as text; invalid input.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "cli/program.hpp"
#include "support/temp_dir.hpp"

namespace latentrt::testing {
namespace {

using Json = nlohmann::json;
using Ids = std::vector<std::int64_t>;
using Arguments = std::vector<std::string>;

const std::string kGolden = std::string(LATENTRT_SOURCE_DIR) + "/tests/golden/";

Json golden(const std::string& file) { return Json::parse(std::ifstream(kGolden + file)); }
std::string folder(const std::string& model) { return kGolden + "language_models/" + model; }

std::string listed(const Ids& ids) {
  std::string list;
  for (const std::int64_t id : ids) list += (list.empty() ? "" : ",") + std::to_string(id);
  return list;
}

std::string number(const Json& value) { return value.dump(); }

Arguments flags_of(const Json& c) {
  return {"text",
          "--model",
          folder(c["model"]),
          "--gen-length",
          number(c["gen_length"]),
          "--block",
          number(c["block_length"]),
          "--steps",
          number(c["steps"]),
          "--policy",
          c["policy"],
          "--temperature",
          number(c["temperature"]),
          "--top-p",
          number(c["top_p"]),
          "--cfg",
          number(c["cfg"]),
          "--seed",
          number(c["seed"]),
          "--json"};
}

Arguments accelerated(Arguments arguments, const Json& c) {
  arguments.insert(arguments.end(), {"--accel", c["accel"]});
  return arguments;
}

Outcome with(Arguments arguments, const Arguments& more) {
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run_latentrt(arguments);
}

void expect_refused(const Outcome& outcome, const std::string& part) {
  EXPECT_EQ(outcome.exit_code, 2) << outcome.err;
  EXPECT_EQ(std::ranges::count(outcome.err, '\n'), 1) << outcome.err;
  EXPECT_NE(outcome.err.find(part), std::string::npos) << outcome.err;
  EXPECT_EQ(outcome.out, "");
}

/// Runs some of the golden cases; the tests of the masked process run all of them.
TEST(Text, JsonHasTheIdsOfTheGolden) {
  const Json all = golden("masked_text/cases.json");
  std::set<std::string> seen;
  for (const Json& c : all["cases"]) {
    if (c["suppress"] != "off" || !seen.insert(c["policy"]).second) continue;
    SCOPED_TRACE(c.dump());
    const Outcome outcome = with(flags_of(c), {"--ids", listed(c["prompt"])});
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    const Json object = Json::parse(outcome.out);
    EXPECT_EQ(object["ids"], c["ids"]);
    EXPECT_EQ(object["prompt_ids"], c["prompt"]);
    EXPECT_EQ(object["forwards"], c["calls"]);
    EXPECT_EQ(object["rows"], c["calls"].get<int>() * (c["cfg"] == 0 ? 1 : 2));
    EXPECT_FALSE(object.contains("text"));
  }
  EXPECT_GT(seen.size(), 10u);
}

TEST(Text, CachesHaveTheIdsOfTheGolden) {
  const Json all = golden("masked_text/cases.json");
  std::set<std::string> seen;
  for (const Json& c : all["cases"]) {
    if (c["accel"] == "" || !seen.insert(c["accel"]).second) continue;
    SCOPED_TRACE(c.dump());
    const Outcome outcome = with(accelerated(flags_of(c), c), {"--ids", listed(c["prompt"])});
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    const Json object = Json::parse(outcome.out);
    EXPECT_EQ(object["ids"], c["ids"]);
    EXPECT_EQ(object["forwards"], c["calls"]);
    EXPECT_EQ(object["tokens_per_forward"].get<double>(),
              c["gen_length"].get<double>() / c["calls"].get<double>());
    EXPECT_GT(object["cached"].get<double>(), 0.1);
    EXPECT_LT(object["cached"].get<double>(), 1);
    EXPECT_FALSE(object.contains("notes"));
  }
  EXPECT_EQ(seen.size(), 6u);
}

Arguments words_flags() {
  return {"text",    "--model", folder("words"), "--gen-length", "16",     "--block", "8",
          "--steps", "8",       "--temperature", "0.8",          "--seed", "2"};
}

TEST(Text, PromptsAreTextAndSoAreAnswers) {
  const Json all = golden("masked_text/text.json");
  ASSERT_EQ(all["texts"].size(), 3u);
  for (const Json& c : all["texts"]) {
    const std::string prompt = c["prompt"];
    const Outcome json = with(words_flags(), {"--prompt", prompt, "--json"});
    ASSERT_EQ(json.exit_code, 0) << json.err;
    const Json object = Json::parse(json.out);
    EXPECT_EQ(object["prompt_ids"], c["prompt_ids"]);
    EXPECT_EQ(object["ids"], c["ids"]);
    EXPECT_EQ(object["text"], c["text"]);
    EXPECT_EQ(with(words_flags(), {"--prompt", prompt}).out, c["text"].get<std::string>() + "\n");
    EXPECT_EQ(with(words_flags(), {"--prompt", prompt, "--skip-special"}).out,
              c["without_special"].get<std::string>() + "\n");
  }
}

TEST(Text, SeveralPromptsAreAListOfTheirAnswers) {
  const Outcome outcome = with(words_flags(), {"--ids", "5,6,7", "--ids", "8", "--json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const Json list = Json::parse(outcome.out);
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[1]["seed"], 3);
  Arguments alone = words_flags();
  alone.back() = "3";
  const Outcome second = with(alone, {"--ids", "8", "--json"});
  EXPECT_EQ(list[1]["ids"], Json::parse(second.out)["ids"]);
}

/// The cache is reported in one line on stderr, with a note where it cannot save work.
TEST(Text, ACacheIsReportedNextToTheAnswer) {
  const Outcome dual = with(words_flags(), {"--ids", "5,6,7", "--accel", "blockcache:kind=dual"});
  ASSERT_EQ(dual.exit_code, 0) << dual.err;
  EXPECT_NE(dual.err.find("8 forwards of 2.00 tokens an answer; 43% of all keys and values came "
                          "from a cache of 0.0 MiB"),
            std::string::npos)
      << dual.err;
  EXPECT_EQ(dual.err.find("note:"), std::string::npos) << dual.err;
  const Outcome plain = with(words_flags(), {"--ids", "5,6,7"});
  const Outcome same = with(words_flags(), {"--ids", "5,6,7", "--accel", "dkv:refresh=1"});
  EXPECT_EQ(same.out, plain.out);
  EXPECT_NE(same.err.find("note: dkv: refresh=1"), std::string::npos) << same.err;
}

/// The filled positions of all steps, without those that were masked again, give the answer.
TEST(Text, TracesSayWhatEachStepDid) {
  const Outcome outcome =
      with(words_flags(), {"--ids", "5", "--policy", "rcr", "--trace", "--json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const Json trace = Json::parse(outcome.out)["trace"];
  ASSERT_EQ(trace.size(), 8u);
  std::set<int> filled;
  for (const Json& step : trace) {
    for (const int at : step["masked"]) EXPECT_EQ(filled.erase(at), 1u) << step;
    for (const int at : step["committed"]) EXPECT_TRUE(filled.insert(at).second) << step;
  }
  EXPECT_EQ(filled.size(), 16u);
}

/// The model's end token is set to the seventh token of the answer.
TEST(Text, AnAnswerEndsEarlyWhereThatIsAskedFor) {
  const TempDir models;
  std::filesystem::copy(folder("llada"), models / "copy");
  const Arguments flags{"text",
                        "--model",
                        (models / "copy").string(),
                        "--gen-length",
                        "16",
                        "--block",
                        "8",
                        "--steps",
                        "16",
                        "--ids",
                        "5,17,3",
                        "--json"};
  const Json plain = Json::parse(run_latentrt(flags).out);
  Json config = Json::parse(std::ifstream(models / "copy/config.json"));
  config["eos_token_id"] = plain["ids"][6];
  models.write("copy/config.json", config.dump());
  const Outcome outcome = with(flags, {"--early-stop"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const Json made = Json::parse(outcome.out);
  Ids wanted = plain["ids"];
  const auto end = std::ranges::find(wanted, plain["ids"][6].get<std::int64_t>());
  std::fill(end, wanted.end(), *end);
  EXPECT_EQ(made["ids"], wanted);
  EXPECT_LE(made["forwards"], 8);
  EXPECT_EQ(with(flags, {"--early-stop", "--policy", "rcr:scope=block"}).exit_code, 0);
}

/// The limit is compared with the estimate that `info` prints.
TEST(Text, MemoryIsEstimatedAndLimited) {
  const Arguments size{"--gen-length", "32", "--block", "16"};
  const Outcome info = with(
      {"info", "--model", folder("llada"), "--memory", "--prompt-tokens", "3", "--json"}, size);
  ASSERT_EQ(info.exit_code, 0) << info.err;
  const Json memory = Json::parse(info.out)["memory"];
  const std::uint64_t needed =
      memory["total_bytes"].get<std::uint64_t>() - memory["process_bytes"].get<std::uint64_t>();
  EXPECT_GT(memory["step_bytes"], 0);
  const auto limited = [&](std::uint64_t bytes) {
    return with({"text", "--model", folder("llada"), "--ids", "1,2,3", "--steps", "2",
                 "--max-memory", std::to_string(bytes)},
                size);
  };
  EXPECT_EQ(limited(needed).exit_code, 0);
  expect_refused(limited(needed - 1), "are allowed");
  EXPECT_NE(run_latentrt({"info", "--model", folder("llada"), "--memory", "--gen-length", "64",
                          "--prompt-tokens", "9"})
                .out.find("the largest step"),
            std::string::npos);
  expect_refused(
      run_latentrt({"info", "--model", folder("llada"), "--memory", "--prompt-tokens", "129"}),
      "--prompt-tokens 129");
}

TEST(Text, AConversationIsAPromptWithTheTokensOfTurns) {
  const Outcome chat = with(words_flags(), {"--prompt", "x", "--chat", "--json"});
  ASSERT_EQ(chat.exit_code, 0) << chat.err;
  const Ids ids = Json::parse(chat.out)["prompt_ids"];
  EXPECT_EQ(ids.front(), 456);                 // <|startoftext|>
  EXPECT_EQ(std::ranges::count(ids, 458), 1);  // <|eot_id|>
}

TEST(Text, InfoSaysWhatADirectoryHolds) {
  const Outcome outcome = run_latentrt({"info", "--model", folder("words"), "--json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const Json info = Json::parse(outcome.out);
  EXPECT_EQ(info["family"], "llada");
  EXPECT_EQ(info["mask_id"], 459);
  EXPECT_EQ(info["end_id"], 457);
  EXPECT_EQ(info["turn_end_id"], 458);
  EXPECT_EQ(info["layers"], 1);
  EXPECT_EQ(info["parameters"], 2 * 464 * 8 + 4 * 8 * 8 + 3 * 8 * 12 + 3 * 8);
  EXPECT_EQ(info["bytes"], 4 * info["parameters"].get<int>());
  EXPECT_NE(run_latentrt({"info", "--model", folder("words")}).out.find("the mask is 459"),
            std::string::npos);
}

TEST(Text, WrongInputIsOneSentence) {
  const auto refused = [](const Arguments& more, const std::string& part) {
    SCOPED_TRACE(part);
    Arguments all{"text", "--model", folder("llada")};
    expect_refused(with(all, more), part);
  };
  refused({}, "text needs --prompt or --ids");
  refused({"--prompt", "a"}, "no tokenizer.json");
  refused({"--ids", "1,x"}, "--ids");
  refused({"--ids", "72", "--gen-length", "32"},
          "id 72 at position 0 is outside the vocabulary of 72 tokens");
  refused({"--ids=-1", "--gen-length", "32"}, "id -1");
  refused({"--ids", "3,69", "--gen-length", "32"}, "the id at position 1 is the mask");
  refused({"--ids", "1", "--gen-length", "12", "--block", "5"}, "is not a multiple of blocks of 5");
  refused({"--ids", "1", "--gen-length", "32", "--block", "8", "--steps", "6"},
          "6 steps are not divisible by 4 blocks");
  refused({"--ids", "1", "--gen-length", "128"}, "longer than the model's context of 128");
  refused({"--ids", "1", "--gen-length", "32", "--policy", "greedy"}, "unknown policy");
  refused({"--ids", "1", "--gen-length", "32", "--policy", "rcr:tau=1"}, "tau");
  refused({"--ids", "1", "--temperature", "nan"}, "temperature");
  refused({"--ids", "1", "--top-p", "2"}, "top_p 2 is outside 0 to 1");
  refused({"--ids", "1", "--mask-id", "72"}, "mask id 72 is outside the vocabulary");
  refused({"--ids", "1", "--cfg", "1", "--guidance", "2"}, "--guidance");
  refused({"--ids", "1", "--dtype", "fp4"}, "fp4");
  refused({"--ids", "1", "--policy", "rcr", "--accel", "blockcache"}, "scope=block");
  refused({"--ids", "1", "--accel", "patch"}, "works on the space axis");
  refused({"--ids", "1", "--accel", "kv"}, "unknown accelerator");
  refused({"--ids", "1", "--accel", "blockcache:kind=triple"}, "kind=\"triple\"");
  refused({"--ids", "1", "--gen-length", "1000000000000"},
          "longer than the model's context of 128");
  refused({"--ids", "1", "--steps", "1000000000000"}, "1000000000000 steps");
  refused({"--ids", "1", "--gen-length", "32", "--early-stop", "--policy", "rcr"}, "scope=block");
}

class DamagedModel : public ::testing::Test {
 protected:
  DamagedModel() { std::filesystem::copy(folder("llada"), models_ / "copy"); }

  Json config() const { return Json::parse(std::ifstream(models_ / "copy/config.json")); }
  void expect_refused_with(const Json& config, const std::string& part) {
    models_.write("copy/config.json", config.dump());
    expect_refused(run_latentrt({"text", "--model", (models_ / "copy").string(), "--ids", "1",
                                 "--gen-length", "32", "--steps", "32"}),
                   part);
  }

  TempDir models_;
};

TEST_F(DamagedModel, IsRefused) {
  Json no_mask = config(), other_kind = config(), wider = config();
  no_mask.erase("mask_token_id");
  other_kind["model_type"] = "bert";
  other_kind["architectures"] = {"BertModel"};
  wider["d_model"] = 64;
  expect_refused_with(no_mask, "name no mask token");
  expect_refused_with(other_kind, "model_type \"bert\"");
  expect_refused_with(wider, "model.embed_tokens.weight");
  std::filesystem::remove(models_ / "copy/model-00002-of-00002.safetensors");
  expect_refused_with(golden("language_models/llada/config.json"), "model-00002-of-00002");
}

}  // namespace
}  // namespace latentrt::testing
