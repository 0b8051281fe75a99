/// Models of latent-diffusion for which diffusers has no pipeline: final latents and pictures of
/// their commands compared with those of the authors' sampling scripts.
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

/// Relative to the largest latent.
constexpr double kLatentTolerance = 1e-5;
/// Of 255: half a step for the rounding to bytes, plus the rounding error of the stored fp16
/// values.
constexpr double kPixelTolerance = 0.6;

const fs::path kFolder = fs::path(LATENTRT_SOURCE_DIR) / "tests/golden/latent_diffusion_scripts";

/// Converts file names in the arguments to absolute paths.
std::vector<std::string> flags(const Json& arguments) {
  std::vector<std::string> flags;
  for (const auto& [key, value] : arguments.items()) {
    const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
    const bool names_file = !text.empty() && fs::exists(kFolder / text);
    flags.insert(flags.end(), {"--" + key, names_file ? (kFolder / text).string() : text});
  }
  return flags;
}

double largest(const std::vector<float>& values) {
  double most = 0;
  for (const float value : values) most = std::max(most, std::abs(static_cast<double>(value)));
  return most;
}

std::vector<float> pixels_of(const std::vector<fs::path>& files) {
  std::vector<float> pixels;
  for (const fs::path& file : files) {
    const Image image = cli::read_png(file);
    pixels.insert(pixels.end(), image.pixels.begin(), image.pixels.end());
  }
  return pixels;
}

class LdmScriptsGolden : public ::testing::TestWithParam<Json> {};

TEST_P(LdmScriptsGolden, EqualsTheReference) {
  const Json& param = GetParam();
  const std::string name = param["name"];
  const TempDir folder;
  const fs::path picture = folder / "o.png", latents = folder / "l.safetensors";
  std::vector<std::string> arguments{
      param["command"], "--model",        (kFolder / param["model"]).string(),
      "--out",          picture.string(), "--save-latents",
      latents.string()};
  const std::vector<std::string> more = flags(param["arguments"]);
  arguments.insert(arguments.end(), more.begin(), more.end());
  const Outcome outcome = run_latentrt(arguments);
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;

  const TensorMap golden = read_tensors(kFolder / (name + ".safetensors"));
  const HostTensor &wanted = golden.at("latents"), ours = read_tensors(latents).at("latents");
  ASSERT_EQ(ours.shape, wanted.shape);
  const double off = largest_difference(ours.data, wanted.data) / largest(wanted.data);
  const auto files = cli::numbered_outputs(picture, static_cast<int>(wanted.shape[0]));
  const double pixels = largest_difference(pixels_of(files), golden.at("picture").data);
  fmt::print("{:<20} latents max difference {:.2e} of the largest, pixels {:.2f} of 255\n", name,
             off, pixels);
  EXPECT_LT(off, kLatentTolerance);
  EXPECT_LT(pixels, kPixelTolerance);
}

std::vector<Json> all_cases() {
  const Json list = Json::parse(std::ifstream(kFolder / "cases.json"))["cases"];
  return {list.begin(), list.end()};
}

INSTANTIATE_TEST_SUITE_P(Golden, LdmScriptsGolden, ::testing::ValuesIn(all_cases()),
                         [](const auto& golden) {
                           return golden.param["name"].template get<std::string>();
                         });

}  // namespace
}  // namespace latentrt::testing
