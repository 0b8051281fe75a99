/// Whole pipelines: the command line's final latents and pictures compared with those of the
/// reference's pipelines.

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
#include "cli/support/outputs.hpp"
#include "support/largest_difference.hpp"
#include "support/temp_dir.hpp"

namespace latentrt::testing {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr double kLatentTolerance = 1e-3;
/// of 255: a value close to a half may be rounded to either side
constexpr double kPixelTolerance = 1;

const fs::path kFolder = fs::path(LATENTRT_SOURCE_DIR) / "tests/golden/pipelines";

Json cases() { return Json::parse(std::ifstream(kFolder / "cases.json"))["cases"]; }

/// A case's arguments as flags; names of files are relative to the goldens.
std::vector<std::string> flags(const Json& arguments) {
  std::vector<std::string> flags;
  for (const auto& [key, value] : arguments.items()) {
    const bool file = key == "latents" || key == "embeds" || key == "image";
    if (value.is_boolean()) {
      flags.push_back("--" + key);
      continue;
    }
    std::string text = value.is_string() ? value.get<std::string>() : value.dump();
    if (value.is_array()) text = text.substr(1, text.size() - 2);
    flags.insert(flags.end(), {"--" + key, file ? (kFolder / text).string() : text});
  }
  return flags;
}

double pixel_difference(const std::vector<fs::path>& files, const std::vector<float>& golden) {
  double worst = 0;
  std::size_t at = 0;
  for (const fs::path& file : files) {
    for (const std::uint8_t byte : cli::read_png(file).pixels)
      worst = std::max(worst, std::abs(byte - static_cast<double>(golden.at(at++))));
  }
  return at == golden.size() ? worst : HUGE_VAL;
}

class PipelineGolden : public ::testing::TestWithParam<Json> {};

TEST_P(PipelineGolden, EqualsTheReference) {
  const Json& param = GetParam();
  const TempDir folder;
  const std::string latents = (folder / "latents.safetensors").string(),
                    picture = (folder / "o.png").string();
  std::vector<std::string> arguments{param["arguments"].contains("image") ? "img2img" : "txt2img",
                                     "--model",
                                     (kFolder / param["model"].get<std::string>()).string(),
                                     "--out",
                                     picture,
                                     "--save-latents",
                                     latents};
  const std::vector<std::string> more = flags(param["arguments"]);
  arguments.insert(arguments.end(), more.begin(), more.end());
  const Outcome outcome = run_latentrt(arguments);
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;

  const TensorMap golden =
      read_tensors(kFolder / (param["name"].get<std::string>() + ".safetensors"));
  const HostTensor ours = read_tensors(latents).at("latents");
  ASSERT_EQ(ours.shape, golden.at("latents").shape);
  const double difference = largest_difference(ours.data, golden.at("latents").data);
  const auto pictures = static_cast<int>(golden.at("latents").shape[0]);
  const double pixels =
      pixel_difference(cli::numbered_outputs(picture, pictures), golden.at("image").data);
  fmt::print("{:<28} latents max abs difference {:.2e}, pixels {:.2f} of 255\n",
             param["name"].get<std::string>(), difference, pixels);
  EXPECT_LT(difference, kLatentTolerance);
  EXPECT_LE(pixels, kPixelTolerance);
}

std::vector<Json> all_cases() {
  const Json list = cases();
  return {list.begin(), list.end()};
}

INSTANTIATE_TEST_SUITE_P(Golden, PipelineGolden, ::testing::ValuesIn(all_cases()),
                         [](const auto& golden) {
                           return golden.param["name"].template get<std::string>();
                         });

}  // namespace
}  // namespace latentrt::testing
