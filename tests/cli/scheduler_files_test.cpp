/// Scheduler files of published models, with the shipped model's networks: the final latents of the
/// reference, and the errors for files whose class is not available.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <latentrt/tensor.hpp>
#include <nlohmann/json.hpp>

#include "cli/latentrt_fixture.hpp"
#include "support/largest_difference.hpp"

namespace latentrt::testing {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr double kTolerance = 1e-3;

const fs::path kGolden = fs::path(LATENTRT_SOURCE_DIR) / "tests/golden";
const fs::path kFolder = kGolden / "scheduler_files";

/// The shipped model with another scheduler file.
std::string model_with(const TempDir& folder, const Json& scheduler) {
  for (const auto& part : fs::directory_iterator(kModel)) {
    if (part.path().filename() != "scheduler")
      fs::create_symlink(part.path(), folder.path() / part.path().filename());
  }
  folder.write("scheduler/scheduler_config.json", scheduler.dump());
  return folder.path().string();
}

Json file_of_class(const char* class_name) {
  return {{"_class_name", class_name},
          {"beta_start", 0.00085},
          {"beta_end", 0.012},
          {"beta_schedule", "scaled_linear"},
          {"prediction_type", "v_prediction"}};
}

class SchedulerFiles : public ::testing::TestWithParam<Json> {};

TEST_P(SchedulerFiles, EqualTheReference) {
  const Json& param = GetParam();
  const TempDir model, folder;
  const std::string latents = (folder / "latents.safetensors").string();
  Arguments arguments{"txt2img",
                      "--model",
                      model_with(model, param["file"]),
                      "--out",
                      (folder / "o.png").string(),
                      "--save-latents",
                      latents};
  for (const auto& [key, value] : param["arguments"].items())
    arguments.insert(arguments.end(),
                     {"--" + key, value.is_string() ? value.get<std::string>() : value.dump()});
  const Outcome outcome = run_latentrt(arguments);
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const auto name = param["name"].get<std::string>();
  const double worst =
      largest_difference(read_tensors(latents).at("latents").data,
                         read_tensors(kFolder / "latents.safetensors").at(name).data);
  fmt::print("{:<28} final latents max abs difference {:.2e}\n", name, worst);
  EXPECT_LT(worst, kTolerance);
}

std::vector<Json> all_cases() {
  const Json list = Json::parse(std::ifstream(kFolder / "cases.json"))["cases"];
  return {list.begin(), list.end()};
}

INSTANTIATE_TEST_SUITE_P(Golden, SchedulerFiles, ::testing::ValuesIn(all_cases()),
                         [](const auto& golden) {
                           return golden.param["name"].template get<std::string>();
                         });

class OtherSchedulerClass : public Latentrt {
 protected:
  void use(const char* class_name) { model_ = model_with(models_, file_of_class(class_name)); }
};

TEST_F(OtherSchedulerClass, IsRefusedWithAWayOut) {
  use("IPNDMScheduler");
  expect_refused(generate({}), "pndm runs such a model (--scheduler, ");
  const Outcome named = generate({"--scheduler", "dpmpp_2m"});
  EXPECT_EQ(named.exit_code, 0) << named.err;
}

TEST_F(OtherSchedulerClass, IsShownByInfoAndExplain) {
  use("IPNDMScheduler");
  const Outcome info = run_latentrt({"info", "--model", model_, "--memory", "--macs"});
  EXPECT_EQ(info.exit_code, 0) << info.err;
  EXPECT_NE(info.out.find("scheduler IPNDMScheduler, which is not available"), std::string::npos)
      << info.out;
  const Json json = Json::parse(run_latentrt({"info", "--model", model_, "--json"}).out);
  EXPECT_EQ(json["scheduler"], "");
  EXPECT_EQ(json["scheduler_class"], "IPNDMScheduler");
  EXPECT_EQ(json["nearest_scheduler"], "pndm");
  const Outcome plan = run_latentrt({"explain", "--model", model_});
  EXPECT_EQ(plan.exit_code, 0) << plan.err;
  EXPECT_NE(plan.out.find("solver: pndm\n"), std::string::npos) << plan.out;
  EXPECT_NE(plan.out.find("note: the scheduler class \"IPNDMScheduler\""), std::string::npos)
      << plan.out;
}

TEST_F(OtherSchedulerClass, MakesAStream) {
  use("IPNDMScheduler");
  fs::create_directory(folder_ / "frames");
  const Outcome outcome =
      run_latentrt({"stream", "--model", model_, "--prompt", "a red circle", "--count", "1",
                    "--width", "64", "--height", "64", "--accel", "stream:t_index=32/45",
                    "--output", (folder_ / "frames").string()});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
}

/// With a network that predicts something else, all other solvers produce noise.
TEST_F(OtherSchedulerClass, OfAnotherProcessIsRefusedWhateverIsNamed) {
  use("FlowMatchEulerDiscreteScheduler");
  expect_refused(generate({"--scheduler", "euler"}), "no other scheduler fits");
  EXPECT_EQ(run_latentrt({"info", "--model", model_}).exit_code, 0);
}

TEST_F(OtherSchedulerClass, OfEdmTakesSolversOfEdmOnly) {
  use("EDMEulerScheduler");
  expect_refused(generate({"--scheduler", "euler"}), "this model's own scheduler is edm_euler");
  EXPECT_EQ(run_latentrt({"explain", "--model", model_}).exit_code, 0);
}

/// Two seeds in one run equal two runs, up to the rounding of a batch.
TEST_F(OtherSchedulerClass, OfABrownianMotionHasOneForEachPicture) {
  use("DPMSolverSDEScheduler");
  const std::vector<float> both = final_latents({"--seeds", "5,6"});
  std::vector<float> single = final_latents({"--seed", "5"});
  EXPECT_EQ(single, final_latents({"--seed", "5"}));
  const std::vector<float> second = final_latents({"--seed", "6"});
  EXPECT_GT(largest_difference(single, second), 0.1);
  single.insert(single.end(), second.begin(), second.end());
  EXPECT_LT(largest_difference(both, single), kTolerance);
}

/// A checkpoint in one file whose configuration is from elsewhere.
class PredictionMarkers : public Latentrt {
 protected:
  PredictionMarkers() {
    TensorMap tensors = read_tensors(kGolden / "checkpoints/sdxl.safetensors");
    for (const char* marker : {"v_pred", "ztsnr"}) tensors[marker] = {{1}, {0}};
    model_ = (models_ / "marked.safetensors").string();
    write_tensors(model_, tensors);
  }

  const std::string config_ = (kGolden / "pipelines/sdxl").string();
};

TEST_F(PredictionMarkers, WinOverTheConfiguration) {
  const Outcome info = run_latentrt({"info", "--model", model_, "--config", config_, "--json"});
  ASSERT_EQ(info.exit_code, 0) << info.err;
  const Json json = Json::parse(info.out);
  EXPECT_EQ(json["prediction_type"], "v_prediction");
  ASSERT_EQ(json["warnings"].size(), 2U);
  EXPECT_NE(json["warnings"][0].get<std::string>().find(
                "its tensor v_pred means prediction_type=v_prediction, although " + config_ +
                " has epsilon; the tensor wins"),
            std::string::npos)
      << json["warnings"][0];
}

TEST_F(PredictionMarkers, GiveTheLatentsOfAConfigurationThatSaysTheSame) {
  const TempDir config;
  fs::copy(config_, config.path(), fs::copy_options::recursive);
  const fs::path file = config / "scheduler/scheduler_config.json";
  Json scheduler = Json::parse(std::ifstream(file));
  scheduler["prediction_type"] = "v_prediction";
  scheduler["rescale_betas_zero_snr"] = true;
  std::ofstream(file) << scheduler;
  const Arguments small{"--width", "48", "--height", "32", "--config"};
  const auto latents = [&](const std::string& directory) {
    Arguments arguments = small;
    arguments.push_back(directory);
    return final_latents(arguments);
  };
  const std::vector<float> marked = latents(config_);
  EXPECT_EQ(marked, latents(config.path().string()));
  model_ = (kGolden / "checkpoints/sdxl.safetensors").string();
  EXPECT_EQ(marked, latents(config.path().string()));
  EXPECT_NE(marked, latents(config_));
}

/// The shipped model that was distilled for few steps, without any sign of that in its files.
TEST(ModelDefaults, AreTakenWhereNothingIsSaid) {
  const TempDir folder;
  const Arguments shared{"txt2img",
                         "--model",
                         kModel + "-lcm",
                         "--prompt",
                         "a red circle",
                         "--out",
                         (folder / "o.png").string(),
                         "--json"};
  const auto run = [&](const Arguments& more) {
    Arguments arguments = shared;
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Outcome outcome = run_latentrt(arguments);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return Json::parse(outcome.out);
  };
  const Json silent = run({});
  EXPECT_EQ(silent["scheduler"], "lcm");
  EXPECT_EQ(silent["steps"], 4);
  EXPECT_EQ(silent["guidance"], 1);
  EXPECT_EQ(silent["step_s"].size(), 4U);
  const Json told = run({"--steps", "2", "--guidance", "1.5"});
  EXPECT_EQ(told["steps"], 2);
  EXPECT_EQ(told["guidance"], 1.5);
  const Json info = Json::parse(run_latentrt({"info", "--model", kModel + "-lcm", "--json"}).out);
  EXPECT_EQ(info["default_steps"], 4);
  EXPECT_EQ(info["default_guidance"], 1);
  EXPECT_EQ(info["distillation"], "a latent consistency model");
}

}  // namespace
}  // namespace latentrt::testing
