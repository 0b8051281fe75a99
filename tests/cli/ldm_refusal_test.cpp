/// Wrong input of the commands for models of latent-diffusion: one sentence, exit code 2, and
/// nothing written.
#include <gtest/gtest.h>

#include <algorithm>
#include <latentrt/tensor.hpp>
#include <limits>
#include <string>
#include <vector>

#include "cli/picture_files.hpp"
#include "cli/program.hpp"
#include "support/temp_dir.hpp"

namespace latentrt::testing {
namespace {

const std::string kFolder =
    std::string(LATENTRT_SOURCE_DIR) + "/tests/golden/latent_diffusion_scripts/";
const std::string kShapes = std::string(LATENTRT_SOURCE_DIR) + "/models/shapes";
const std::string kClasses =
    std::string(LATENTRT_SOURCE_DIR) + "/tests/golden/latent_diffusion/class";

using Arguments = std::vector<std::string>;

class LdmRefusal : public ::testing::Test {
 protected:
  /// The command with the model of its name, or with another one.
  Outcome run(Arguments arguments, const std::string& model = "") {
    if (std::ranges::count(arguments, "--model") == 0)
      arguments.insert(arguments.end(),
                       {"--model", kFolder + (model.empty() ? arguments.front() : model)});
    arguments.insert(arguments.end(), {"--steps", "1", "--out", (out_ / "o.png").string()});
    return run_latentrt(arguments);
  }

  void expect_refused(const Arguments& arguments, const std::string& part,
                      const std::string& model = "") {
    const Outcome outcome = run(arguments, model);
    EXPECT_EQ(outcome.exit_code, 2) << outcome.err;
    EXPECT_EQ(std::ranges::count(outcome.err, '\n'), 1) << outcome.err;
    EXPECT_NE(outcome.err.find(part), std::string::npos) << outcome.err;
    EXPECT_EQ(outcome.out, "");
    EXPECT_TRUE(out_.empty());
  }

  std::string boxes(const std::string& json) { return inputs_.write("b.json", json).string(); }

  TempDir out_, inputs_;
};

/// A PNG file of one grey value.
std::string grey_file(const TempDir& folder, int width, int height, std::uint8_t value) {
  const auto pixels = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
  return folder.write("g.png", encode_grey_png(width, height, std::vector(pixels, value))).string();
}

TEST_F(LdmRefusal, OfLabels) {
  const auto refused = [&](int width, int height, std::uint8_t value, const std::string& part) {
    expect_refused({"semantic", "--labels", grey_file(inputs_, width, height, value)}, part);
  };
  refused(32, 32, 5, "the pixel at (0, 0) has class 5: the model has the classes 0 to 4");
  refused(32, 32, 255, "has class 255");
  refused(30, 32, 0, "width 30 is not a multiple of 8");
  refused(32, 36, 0, "height 36 is not a multiple of 8");
  refused(1, 1, 0, "width 1 is not a multiple of 8");
}

TEST_F(LdmRefusal, OfLabelsForOtherModels) {
  const Arguments semantic{"semantic", "--labels", kFolder + "labels.png"};
  expect_refused(semantic, "LDMLayoutPipeline makes them from boxes with objects: layout",
                 "layout");
  expect_refused({"semantic", "--labels", kFolder + "labels.png", "--model", kShapes},
                 "StableDiffusionPipeline makes them from a prompt");
  expect_refused({"sample"}, "LDMSemanticPipeline makes them from the classes of all pixels",
                 "semantic");
  expect_refused({"txt2img", "--prompt", "a circle"}, "makes them from the classes of all pixels",
                 "semantic");
}

TEST_F(LdmRefusal, OfBoxes) {
  const auto refused = [&](const std::string& json, const std::string& part) {
    expect_refused({"layout", "--boxes", boxes(json)}, part);
  };
  refused("[]", "there are 0 boxes; a picture has 1 to 30");
  refused(R"([{"class": 30, "box": [0, 0, 1, 1]}])", "30");
  refused(R"([{"class": -1, "box": [0, 0, 1, 1]}])", "-1");
  refused(R"([{"class": 9223372036854775808, "box": [0, 0, 1, 1]}])", "box 1 is not");
  for (const char* box :
       {"[-0.1, 0, 1, 1]", "[0, -1e300, 1, 1]", "[0, 0, 1.01, 1]", "[0, 0, 1, 1e300]",
        "[0.5, 0, 0.5, 1]", "[0.6, 0, 0.5, 1]", "[0, 0.5, 1, 0.5]", "[0, 0.6, 1, 0.5]"})
    refused(R"([{"class": 1, "box": )" + std::string(box) + "}]", "box 1 is [");
  std::string many = "[";
  for (int i = 0; i < 31; ++i)
    many += std::string(i > 0 ? ", " : "") + R"({"class": 1, "box": [0, 0, 1, 1]})";
  refused(many + "]", "there are 31 boxes; a picture has 1 to 30");
}

TEST_F(LdmRefusal, OfLayoutsForOtherModelsAndSizes) {
  const Arguments layout{"layout", "--boxes", kFolder + "boxes.json"};
  const auto with = [&](const std::string& flag, const std::string& value) {
    Arguments more = layout;
    more.insert(more.end(), {flag, value});
    return more;
  };
  expect_refused(layout, "makes them from the classes of all pixels: semantic", "semantic");
  expect_refused(with("--width", "34"), "width 34 is not a multiple of 4 from 4");
  expect_refused(with("--height", "30"), "height 30 is not a multiple of 4 from 4");
  expect_refused(with("--guidance", "3"), "guidance 3 has no effect");
}

TEST_F(LdmRefusal, OfMasks) {
  const std::string image = kFolder + "image.png";
  const auto refused = [&](int width, int height, std::uint8_t value, const std::string& part) {
    expect_refused(
        {"inpaint", "--image", image, "--mask", grey_file(inputs_, width, height, value)}, part);
  };
  refused(32, 24, 255, "the mask has 32 x 24 pixels, the picture 32 x 32: they must be equal");
  refused(1, 1, 255, "the mask has 1 x 1 pixels");
  refused(32, 32, 0, "the mask is black everywhere");
  refused(32, 32, 127, "the mask is black everywhere");
}

TEST_F(LdmRefusal, OfPicturesToInpaint) {
  const Arguments inpaint{"inpaint", "--image", kFolder + "image.png", "--mask",
                          kFolder + "mask.png"};
  const auto with = [&](const std::string& flag, const std::string& value) {
    Arguments more = inpaint;
    more.insert(more.end(), {flag, value});
    return more;
  };
  expect_refused(inpaint, "inpaint is for models that make pictures from a prompt", "semantic");
  expect_refused(inpaint, "inpaint is for models that make pictures from a prompt", "layout");
  expect_refused(with("--model", kClasses), "LDMClassPipeline makes them from a class");
  expect_refused(with("--width", "36"), "width 36 is not a multiple of 8 from 8");
  expect_refused(with("--guidance", "3"), "guidance 3 has no effect");
  expect_refused(with("--prompt", "a circle"), "the family ldm_inpaint read no prompt");
  expect_refused({"sample"}, "the model is for `inpaint`", "inpaint");
  const std::string small = grey_file(inputs_, 4, 4, 255);
  expect_refused({"inpaint", "--image", small, "--mask", small}, "4 x 4");
}

TEST_F(LdmRefusal, IsNotOfMasksThatAreWhiteEverywhere) {
  const Outcome outcome =
      run({"inpaint", "--image", kFolder + "image.png", "--mask", grey_file(inputs_, 32, 32, 255)});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_FALSE(out_.empty());
}

HostTensor rows_of(std::int64_t count, std::int64_t width, float value = 1) {
  return {{count, width}, std::vector(static_cast<std::size_t>(count * width), value)};
}

class NeighbourRefusal : public LdmRefusal {
 protected:
  static constexpr std::int64_t kWidth = 12;

  std::string file(const HostTensor& rows, const std::string& tensor = "embedding") {
    const auto path = inputs_ / "n.safetensors";
    write_tensors(path, {{tensor, rows}});
    return path.string();
  }

  void refused(const Arguments& flags, const std::string& part, const std::string& model = "") {
    Arguments arguments{"txt2img", "--prompt", "a circle"};
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    expect_refused(arguments, part, model.empty() ? "retrieval" : model);
  }
};

TEST_F(NeighbourRefusal, OfWhatNoEmbeddingsAre) {
  const auto all = [&](const HostTensor& rows, const std::string& part) {
    refused({"--neighbours", file(rows)}, part);
  };
  all(rows_of(21, kWidth), "there are 21 neighbours: the model reads 20 at most");
  all(rows_of(3, 11), "neighbours have shape [3,11], expected [neighbours,12]");
  all({{12}, std::vector(12, 1.0F)}, "neighbours have shape [12], expected [neighbours,12]");
  all({{1, 1, 12}, std::vector(12, 1.0F)}, "neighbours have shape [1,1,12]");
  all(rows_of(2, kWidth, std::numeric_limits<float>::quiet_NaN()),
      "neighbours holds NaN or infinity");
  HostTensor rows = rows_of(3, kWidth);
  std::fill(rows.data.begin() + kWidth, rows.data.begin() + 2 * kWidth, 0.0F);
  all(rows, "neighbour 1 is all zeros");
}

TEST_F(NeighbourRefusal, OfFilesWithoutThem) {
  refused({"--neighbours", file(rows_of(3, kWidth), "embeddings")},
          "n.safetensors: tensor \"embedding\" is missing");
  refused({"--neighbours", kFolder + "image.png"}, "image.png");
  refused({"--neighbours", (inputs_ / "none.safetensors").string()}, "none.safetensors");
}

TEST_F(NeighbourRefusal, OfNumbersThatADatabaseDoesNotHave) {
  const std::string database = file(rows_of(9, kWidth));
  for (const char* count : {"0", "-1", "three", "4.5", "99999999999"})
    refused({"--database", database, "--neighbours", count},
            std::string("--neighbours ") + count + ": with --database it is a positive number");
  refused({"--database", database, "--neighbours", "10"},
          "the 10 nearest of 9 neighbours do not exist");
  refused({"--database", file(rows_of(40, kWidth)), "--neighbours", "21"},
          "there are 21 neighbours: the model reads 20 at most");
  refused({"--database", database}, "--neighbours");
}

TEST_F(NeighbourRefusal, OfOtherModelsAndOfSettingsWithoutEffect) {
  const std::string neighbours = file(rows_of(3, kWidth));
  const std::string part = "neighbours are for retrieval-augmented models: those of the family sd";
  refused({"--neighbours", neighbours, "--model", kShapes}, part);
  refused({"--neighbours", neighbours, "--long-prompts"}, "the model reads one vector of a prompt");
  refused({"--weighted-prompts"}, "the model reads one vector of a prompt");
  refused({"--clip-skip", "1"}, "the model reads one vector of a prompt");
}

}  // namespace
}  // namespace latentrt::testing
