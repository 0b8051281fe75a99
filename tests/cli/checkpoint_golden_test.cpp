/// Checkpoints in one file and LoRA files: the command line's final latents compared with those of
/// the reference.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <latentrt/tensor.hpp>
#include <nlohmann/json.hpp>

#include "cli/program.hpp"
#include "support/temp_dir.hpp"

namespace latentrt::testing {
namespace {

namespace fs = std::filesystem;
using Arguments = std::vector<std::string>;

constexpr double kTolerance = 1e-3;

const fs::path kGolden = fs::path(LATENTRT_SOURCE_DIR) / "tests/golden";
const fs::path kFolder = kGolden / "checkpoints";

std::string directory(const std::string& model) { return (kGolden / "pipelines" / model).string(); }
std::string file(const std::string& name) { return (kFolder / (name + ".safetensors")).string(); }

constexpr const char* kPrompt = "a small red circle above a large blue square";

HostTensor final_latents(const Arguments& model, const std::string& prompt = kPrompt) {
  const TempDir folder;
  const std::string latents = (folder / "latents.safetensors").string();
  Arguments arguments{"txt2img",
                      "--prompt",
                      prompt,
                      "--width",
                      "48",
                      "--height",
                      "32",
                      "--steps",
                      "10",
                      "--guidance",
                      "7.5",
                      "--seed",
                      "7",
                      "--out",
                      (folder / "o.png").string(),
                      "--save-latents",
                      latents};
  arguments.insert(arguments.end(), model.begin(), model.end());
  const Outcome outcome = run_latentrt(arguments);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  return outcome.exit_code == 0 ? read_tensors(latents).at("latents") : HostTensor{};
}

double difference(const HostTensor& a, const HostTensor& b) {
  if (a.shape != b.shape) return HUGE_VAL;
  double worst = 0;
  for (std::size_t i = 0; i < a.data.size(); ++i)
    worst = std::max(worst, std::abs(static_cast<double>(a.data[i]) - b.data[i]));
  return worst;
}

void expect_golden(const std::string& name, const Arguments& model,
                   const std::string& prompt = kPrompt) {
  const double worst =
      difference(final_latents(model, prompt), read_tensors(file(name + "_latents")).at("latents"));
  fmt::print("{:<20} final latents max abs difference {:.2e}\n", name, worst);
  EXPECT_LT(worst, kTolerance);
}

class SingleFileGolden : public ::testing::TestWithParam<const char*> {};

TEST_P(SingleFileGolden, EqualsTheReferenceAndTheDirectory) {
  const std::string model = GetParam();
  const Arguments one_file{"--model", file(model), "--config", directory(model)};
  expect_golden(model, one_file);
  EXPECT_EQ(difference(final_latents(one_file), final_latents({"--model", directory(model)})), 0);
}

INSTANTIATE_TEST_SUITE_P(Golden, SingleFileGolden, ::testing::Values("sd1", "sd2", "sdxl"),
                         [](const auto& model) { return std::string(model.param); });

class LoraGolden : public ::testing::TestWithParam<const char*> {};

TEST_P(LoraGolden, EqualsTheReference) {
  const std::string name = GetParam();
  const auto golden = nlohmann::ordered_json::parse(std::ifstream(kFolder / "loras.json"))[name];
  Arguments arguments{"--model", directory(golden["model"].get<std::string>())};
  for (const auto& [lora, scale] : golden["loras"].items())
    arguments.insert(arguments.end(),
                     {"--lora", fmt::format("{}:{}", file(lora), scale.get<double>())});
  expect_golden(name, arguments);
}

INSTANTIATE_TEST_SUITE_P(Golden, LoraGolden,
                         ::testing::Values("lora_kohya_sd1", "lora_sgm_sdxl", "lora_peft_sd1",
                                           "lora_dora_sd1", "lora_two_sd1"),
                         [](const auto& lora) { return std::string(lora.param); });

/// Folders as PEFT saves them: the scale of each layer is set by adapter_config.json.
class PeftFolderGolden : public ::testing::TestWithParam<const char*> {};

TEST_P(PeftFolderGolden, EqualsTheReference) {
  const std::string name = GetParam();
  expect_golden(name, {"--model", directory("sd1"), "--lora", (kFolder / name).string()});
}

INSTANTIATE_TEST_SUITE_P(Golden, PeftFolderGolden,
                         ::testing::Values("peft_lora", "peft_lora_bias", "peft_loha", "peft_lokr"),
                         [](const auto& folder) { return std::string(folder.param); });

TEST(TextualInversion, EqualsTheReference) {
  const std::string prompt = "a <toy-cat> above a <toy-cat>, large";
  for (const std::string model : {"sd1", "sdxl"}) {
    expect_golden(
        "word_" + model,
        {"--model", directory(model), "--embedding", file("word_" + model) + ":<toy-cat>"}, prompt);
  }
}

/// The file's only tensor is called <toy-cat>.
TEST(TextualInversion, IsCalledAsItsTensor) {
  expect_golden("word_sd1", {"--model", directory("sd1"), "--embedding", file("word_sd1")},
                "a <toy-cat> above a <toy-cat>, large");
}

/// A tokenizer given by a flag pads OpenCLIP's prompts as its models were trained.
TEST(SingleFile, TakesATokenizerByHand) {
  const Arguments configured{"--model", file("sdxl"), "--config", directory("sdxl")};
  Arguments by_hand = configured;
  by_hand.insert(by_hand.end(), {"--tokenizer", directory("sdxl") + "/tokenizer"});
  EXPECT_EQ(difference(final_latents(configured), final_latents(by_hand)), 0);
}

}  // namespace
}  // namespace latentrt::testing
