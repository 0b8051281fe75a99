/// `latentrt inpaint`: final latents and pictures compared with those of the reference's pipelines.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <latentrt/tensor.hpp>
#include <nlohmann/json.hpp>

#include "cli/pictures/png.hpp"
#include "cli/program.hpp"
#include "support/largest_difference.hpp"
#include "support/temp_dir.hpp"

namespace latentrt::testing {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr double kLatentTolerance = 1e-3;

const fs::path kGoldens = fs::path(LATENTRT_SOURCE_DIR) / "tests/golden";
const fs::path kFolder = kGoldens / "inpaint", kPipelines = kGoldens / "pipelines";

/// A model of the goldens; those whose names end in _nine are the small pipelines with another
/// UNet, and the class of inpainting pipelines.
fs::path model_at(const std::string& name, const TempDir& folder) {
  const std::size_t ending = name.find("_nine");
  if (ending == std::string::npos) return kPipelines / name;
  fs::path model = folder / name;
  fs::copy(kPipelines / name.substr(0, ending), model, fs::copy_options::recursive);
  fs::copy(kFolder / name / "unet", model / "unet",
           fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  Json index = Json::parse(std::ifstream(model / "model_index.json"));
  std::string kind = index["_class_name"];
  index["_class_name"] = kind.insert(kind.size() - std::string("Pipeline").size(), "Inpaint");
  std::ofstream(model / "model_index.json") << index;
  return model;
}

std::vector<std::string> flags(const Json& arguments) {
  std::vector<std::string> flags;
  for (const auto& [key, value] : arguments.items()) {
    flags.push_back("--" + key);
    if (value.is_boolean()) continue;
    std::string text = value.is_string() ? value.get<std::string>() : value.dump();
    if (key == "image") text = (kPipelines / text).string();
    if (key == "mask" || key == "latents") text = (kFolder / text).string();
    flags.push_back(text);
  }
  return flags;
}

class InpaintGolden : public ::testing::TestWithParam<Json> {};

TEST_P(InpaintGolden, EqualsTheReference) {
  const Json& param = GetParam();
  const TempDir folder, models;
  const std::string latents = (folder / "latents.safetensors").string(),
                    picture = (folder / "o.png").string();
  std::vector<std::string> arguments{
      "inpaint",        "--model", model_at(param["model"], models).string(), "--out", picture,
      "--save-latents", latents};
  const std::vector<std::string> more = flags(param["arguments"]);
  arguments.insert(arguments.end(), more.begin(), more.end());
  const Outcome outcome = run_latentrt(arguments);
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;

  const TensorMap golden =
      read_tensors(kFolder / (param["name"].get<std::string>() + ".safetensors"));
  const HostTensor ours = read_tensors(latents).at("latents");
  ASSERT_EQ(ours.shape, golden.at("latents").shape);
  const double worst = largest_difference(ours.data, golden.at("latents").data);
  fmt::print("{:<22} latents max abs difference {:.2e}\n", param["name"].get<std::string>(), worst);
  EXPECT_LT(worst, kLatentTolerance);
  if (!golden.contains("image")) return;
  const Image made = cli::read_png(picture);
  const std::vector<float> pixels(made.pixels.begin(), made.pixels.end());
  EXPECT_LE(largest_difference(pixels, golden.at("image").data), 2);
}

std::vector<Json> all_cases() {
  const Json list = Json::parse(std::ifstream(kFolder / "cases.json"))["cases"];
  return {list.begin(), list.end()};
}

INSTANTIATE_TEST_SUITE_P(Golden, InpaintGolden, ::testing::ValuesIn(all_cases()),
                         [](const auto& golden) {
                           return golden.param["name"].template get<std::string>();
                         });

/// A model that reads a mask does not make pictures without one.
TEST(InpaintModels, AreRefusedByOtherCommands) {
  const TempDir folder, models;
  const std::string model = model_at("sd1_nine", models).string();
  const std::string image = (kPipelines / "image.png").string();
  for (std::vector<std::string> arguments :
       {std::vector<std::string>{"txt2img"}, {"img2img", "--image", image}}) {
    arguments.insert(arguments.end(), {"--model", model, "--prompt", "a circle", "--out",
                                       (folder / "o.png").string()});
    const Outcome outcome = run_latentrt(arguments);
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_NE(outcome.err.find("the model is for `inpaint`"), std::string::npos) << outcome.err;
    EXPECT_TRUE(folder.empty());
  }
}

}  // namespace
}  // namespace latentrt::testing
