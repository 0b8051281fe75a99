/// `latentrt-train`: a whole training in a few updates, what it leaves, and wrong input.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <latentrt/tensor.hpp>
#include <limits>
#include <nlohmann/json.hpp>
#include <thread>

#include "cli/program.hpp"
#include "support/patience.hpp"
#include "support/temp_dir.hpp"

namespace latentrt::testing {
namespace {

using Json = nlohmann::json;
using Arguments = std::vector<std::string>;

Outcome train(const Arguments& arguments) { return Process("latentrt-train", arguments).wait(); }

/// Flags of `more` replace those of `all`; both are pairs of a flag and its value but for the last
/// ones, which may be flags without.
Arguments with(Arguments all, const Arguments& more) {
  for (std::size_t i = 0; i < more.size(); ++i) {
    const auto found = std::ranges::find(all, more[i]);
    if (more[i].starts_with("--") && found != all.end() && found + 1 != all.end()) {
      *(found + 1) = more[++i];
    } else {
      all.push_back(more[i]);
    }
  }
  return all;
}

class Train : public ::testing::Test {
 protected:
  Arguments pretrain(const std::string& name, const std::string& updates,
                     const Arguments& more = {}) const {
    const Arguments all{"pretrain",
                        "--task",
                        "mirror",
                        "--work",
                        (folder_ / (name + "-work")).string(),
                        "--out",
                        (folder_ / name).string(),
                        "--updates",
                        updates,
                        "--batch",
                        "8",
                        "--schedule",
                        "constant",
                        "--threads",
                        "1",
                        "--problems",
                        "0"};
    return with(all, more);
  }
  Arguments mdpo(const Arguments& more) const {
    const Arguments all{"mdpo",
                        "--task",
                        "mirror",
                        "--model",
                        (folder_ / "a").string(),
                        "--work",
                        (folder_ / "b-work").string(),
                        "--out",
                        (folder_ / "b").string(),
                        "--updates",
                        "2",
                        "--prompts",
                        "1",
                        "--rollouts",
                        "4",
                        "--steps",
                        "4",
                        "--threads",
                        "1",
                        "--problems",
                        "8"};
    return with(all, more);
  }
  std::string file(const char* name) const { return content_of(folder_ / name); }
  void expect_refused(const Arguments& arguments, const std::string& part, int code = 2) const {
    const Outcome outcome = train(arguments);
    EXPECT_EQ(outcome.exit_code, code) << outcome.err;
    EXPECT_EQ(std::ranges::count(outcome.err, '\n'), 1) << outcome.err;
    EXPECT_NE(outcome.err.find(part), std::string::npos) << outcome.err;
    EXPECT_EQ(outcome.out, "");
  }

  TempDir folder_;
};

TEST_F(Train, WritesAModelThatAnswers) {
  const Outcome outcome = train(pretrain("a", "3", {"--json", "--problems", "16"}));
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const Json report = Json::parse(outcome.out);
  EXPECT_EQ(report["updates"], 3);
  EXPECT_EQ(report["curve"].size(), 3u);
  EXPECT_EQ(report["held_out"]["problems"], 16);
  EXPECT_EQ(report["held_out"]["forwards"], 12);
  const Outcome text =
      run_latentrt({"text", "--model", (folder_ / "a").string(), "--prompt", "mirror", "--json"});
  ASSERT_EQ(text.exit_code, 0) << text.err;
  const Json answer = Json::parse(text.out);
  EXPECT_EQ(answer["ids"].size(), 12u);
  EXPECT_EQ(answer["forwards"], 12);
  EXPECT_EQ(answer["prompt_ids"], Json::array({256}));
}

TEST_F(Train, ContinuesToTheSameBits) {
  ASSERT_EQ(train(pretrain("whole", "4")).exit_code, 0);
  ASSERT_EQ(train(pretrain("half", "2")).exit_code, 0);
  ASSERT_EQ(train(pretrain("half", "4", {"--resume"})).exit_code, 0);
  EXPECT_EQ(file("half/model.safetensors"), file("whole/model.safetensors"));
  EXPECT_EQ(file("half-work/checkpoint.safetensors"), file("whole-work/checkpoint.safetensors"));
}

TEST_F(Train, OnRewardsStartsFromAModel) {
  ASSERT_EQ(train(pretrain("a", "2")).exit_code, 0);
  for (const Arguments& more : {Arguments{"--json"}, Arguments{"--json", "--final-reward"}}) {
    const Outcome outcome = train(mdpo(more));
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    const Json report = Json::parse(outcome.out);
    EXPECT_EQ(report["method"], more.size() == 1 ? "mdpo" : "grpo");
    EXPECT_EQ(report["updates"], 2);
    std::filesystem::remove_all(folder_ / "b-work");
  }
  // With one step, what is predicted is the answer.
  expect_refused(mdpo({"--incremental", "4", "--steps", "1"}), "none of 4 answers");
}

TEST_F(Train, WrongInputIsOneSentence) {
  const std::string work = (folder_ / "a-work").string();
  expect_refused(pretrain("a", "1", {"--resume"}), "checkpoint.safetensors");
  expect_refused(pretrain("a", "1", {"--task", "sudoku"}), "unknown task \"sudoku\"");
  expect_refused(pretrain("a", "1", {"--learning-rate", "nan"}), "--learning-rate");
  expect_refused(pretrain("a", "1", {"--batch", "0", "--schedule", "cosine"}), "batch 0");
  expect_refused(pretrain("a", "1", {"--model", (folder_ / "none").string()}), "none");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "a-work/checkpoint.safetensors"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "a/model.safetensors"));
  ASSERT_EQ(train(pretrain("a", "1")).exit_code, 0);
  expect_refused(pretrain("a", "1"), "--resume continues it");
  expect_refused(mdpo({"--work", work, "--resume"}), "of the task \"pretrain mirror\"");
  expect_refused(mdpo({"--temperature", "0"}), "are all the same");
  folder_.write("a-work/checkpoint.safetensors", "nothing");
  expect_refused(pretrain("a", "2", {"--resume"}), "checkpoint.safetensors");
  folder_.write("file", "");
  expect_refused(pretrain("file/x", "1"), "file");
}

TEST_F(Train, ALossThatIsNoNumberFailsTheRun) {
  ASSERT_EQ(train(pretrain("a", "1")).exit_code, 0);
  const std::filesystem::path weights = folder_ / "a/model.safetensors";
  TensorMap tensors = read_tensors(weights);
  tensors.at("model.transformer.ln_f.weight").data[0] = std::numeric_limits<float>::quiet_NaN();
  write_tensors(weights, tensors);
  expect_refused(pretrain("b", "9", {"--model", (folder_ / "a").string()}),
                 "update 1: the loss is not a number", 1);
  EXPECT_TRUE(std::filesystem::is_empty(folder_ / "b"));
  EXPECT_TRUE(std::filesystem::is_empty(folder_ / "b-work"));
}

TEST_F(Train, AnInterruptKeepsTheUpdatesSoFar) {
  const std::filesystem::path checkpoint = folder_ / "a-work/checkpoint.safetensors";
  Process process("latentrt-train", pretrain("a", "1000000", {"--checkpoint-seconds", "0"}));
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!std::filesystem::exists(checkpoint) && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  ::kill(process.id(), SIGINT);
  const Outcome outcome = process.wait();
  EXPECT_EQ(outcome.exit_code, 130) << outcome.err;
  EXPECT_FALSE(std::filesystem::exists(folder_ / "a/model.safetensors"));
  const Outcome more = train(pretrain("a", "1", {"--resume"}));
  EXPECT_EQ(more.exit_code, 0) << more.err;
}

}  // namespace
}  // namespace latentrt::testing
