/// Multiply-accumulates of published UNets, whole and cut at every skip: equal to the figures of
/// the literature in all printed digits. Uses only shapes, no weights.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cctype>
#include <cmath>

#include "accel/deep_cache/branches.hpp"
#include "models/unet/unet.hpp"
#include "nn/program/macs.hpp"
#include "sampling/plan_builder.hpp"

namespace latentrt::accel {
namespace {

/// A figure and its number of decimals; 0 if the literature has none.
struct Figure {
  double value = 0;
  int digits = 0;
};

/// Without attention, and with it.
struct Pair {
  Figure weights, total;
};

struct Row {
  std::size_t branch;  ///< 0: the whole network
  Pair giga, share;    ///< in 10^9, and of the whole network
};

struct Table {
  const char *name, *config;
  std::int64_t channels, side, tokens;
  std::vector<Row> rows;
};

void expect(Figure figure, double value, const std::string& what) {
  // Shares were first rounded to four digits and then to three.
  constexpr double kTwiceRounded = 0.55;
  if (figure.value == 0) return;
  EXPECT_NEAR(value, figure.value, kTwiceRounded * std::pow(10, -figure.digits)) << what;
}

void expect(const Pair& pair, const nn::Macs& macs, double weights_unit, double total_unit,
            const std::string& what) {
  expect(pair.weights, static_cast<double>(macs.weights) / weights_unit, what);
  expect(pair.total, static_cast<double>(macs.total()) / total_unit, what + " with attention");
}

std::map<std::string, nn::Shape> inputs_of(const Table& table, const models::UnetConfig& config) {
  std::map<std::string, nn::Shape> inputs{
      {"sample", {1, table.channels, table.side, table.side}},
      {"timestep", {1}},
      {"encoder_hidden_states", {1, table.tokens, config.context_channels()}}};
  if (config.text_time()) {
    inputs["time_ids"] = {1, 6};
    inputs["text_embeds"] = {1, config.projection_input - 6 * config.addition_time_channels};
  }
  return inputs;
}

class MacsTable : public ::testing::TestWithParam<Table> {};

TEST_P(MacsTable, EqualsTheLiterature) {
  constexpr double kGiga = 1e9;
  const Table& table = GetParam();
  const auto config = models::UnetConfig::from(io::Config::from_text(table.config, table.name));
  const nn::Program network = models::build_unet(config);
  const auto shapes = nn::infer_shapes(network, inputs_of(table, config));
  const auto branches = sampling::skip_connections(network);
  const nn::Macs whole = nn::count_macs(network, shapes);
  for (const Row& row : table.rows) {
    std::vector<std::string> names = network.input_names();
    if (row.branch > 0) names.push_back(branches.at(row.branch - 1).from_below);
    const nn::Macs macs = nn::count_macs(network.extract(names, {"out"}), shapes);
    const std::string what = fmt::format("{} branch {}", table.name, row.branch);
    expect(row.giga, macs, kGiga, kGiga, what);
    expect(row.share, macs, static_cast<double>(whole.weights), static_cast<double>(whole.total()),
           what + ", share");
  }
}

const Table kSd15{
    "SD1.5 at 512",
    R"({"block_out_channels": [320, 640, 1280, 1280], "attention_head_dim": 8, "cross_attention_dim": 768})",
    4,
    64,
    77,
    {{0, {{338.6, 1}, {401.6, 1}}, {}},
     {1, {{20.69, 2}, {31.63, 2}}, {{.061, 3}, {.0787, 4}}},
     {2, {{57.25, 2}, {90.07, 2}}, {{.169, 3}, {.2243, 4}}},
     {3, {{98.01, 2}, {152.7, 1}}, {{.290, 3}, {.3802, 4}}},
     {4, {{132.6, 1}, {188.7, 1}}, {{.392, 3}, {.4699, 4}}},
     {5, {{167.6, 1}, {226.6, 1}}, {{.495, 3}, {.5641, 4}}},
     {6, {}, {{.615, 3}, {.673, 3}}},
     {7, {}, {{.718, 3}, {.760, 3}}},
     {8, {}, {{.822, 3}, {.848, 3}}},
     {9, {}, {{.930, 3}, {.941, 3}}},
     {10, {}, {{.953, 3}, {.960, 3}}},
     {11, {}, {{.968, 3}, {.973, 3}}},
     {12, {}, {{.982, 3}, {.985, 3}}}}};

const Table kSdxl{
    "SDXL at 1024",
    R"({"block_out_channels": [320, 640, 1280], "attention_head_dim": [5, 10, 20], "cross_attention_dim": 2048,
  "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
  "up_block_types": ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"],
  "transformer_layers_per_block": [1, 2, 10], "use_linear_projection": true, "addition_embed_type": "text_time",
  "addition_time_embed_dim": 256, "projection_class_embeddings_input_dim": 2816})",
    4,
    128,
    77,
    {{0, {{2988.7, 1}, {3380.6, 1}}, {}},
     // Published as 49.03: without the 0.005 of the embedding of the added conditions.
     {1, {{49.04, 2}, {}}, {{.0164, 4}, {.0145, 4}}},
     {2, {{127.9, 1}, {}}, {{.0428, 4}, {.0378, 4}}},
     {3, {{223.5, 1}, {}}, {{.0748, 4}, {.0661, 4}}},
     {4, {{392.1, 1}, {435.9, 1}}, {{.131, 3}, {.1289, 4}}},
     {5, {{592.6, 1}, {723.8, 1}}, {{.198, 3}, {.2141, 4}}},
     {6, {{816.5, 1}, {1035, 0}}, {{.273, 3}, {.3062, 4}}},
     {7, {}, {{.412, 3}, {.437, 3}}},
     {8, {}, {{.643, 3}, {.659, 3}}},
     {9, {}, {{.876, 3}, {.882, 3}}}}};

const Table kLdm4{
    "LDM-4-G at 256",
    R"({"in_channels": 3, "out_channels": 3, "block_out_channels": [192, 384, 576, 960],
  "attention_head_dim": 1, "cross_attention_dim": 512,
  "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
  "up_block_types": ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"]})",
    3,
    64,
    1,
    {{0, {{99.77, 2}, {104.2, 1}}, {}},
     {1, {{4.42, 2}, {}}, {{.0443, 4}, {.0424, 4}}},
     {2, {{11.52, 2}, {}}, {{.1155, 4}, {.1105, 4}}},
     {3, {{20.13, 2}, {}}, {{.2017, 4}, {.1931, 4}}},
     {4, {}, {{.326, 3}, {.320, 3}}},
     {5, {}, {{.452, 3}, {.456, 3}}},
     {6, {}, {{.591, 3}, {.605, 3}}},
     {7, {}, {{.664, 3}, {.675, 3}}},
     {8, {}, {{.736, 3}, {.746, 3}}},
     {9, {}, {{.816, 3}, {.823, 3}}},
     {10, {}, {{.866, 3}, {.871, 3}}},
     {11, {}, {{.915, 3}, {.919, 3}}},
     {12, {}, {{.967, 3}, {.968, 3}}}}};

/// A UNet2DModel has the same cut points, from the outermost to the innermost: one after each
/// resnet of the upsampling path.
TEST(Branches, OfAUnetWithoutText) {
  const auto config = models::UnetConfig::unconditional_from(io::Config::from_text(
      R"({"attention_head_dim": 32, "downsample_type": "resnet", "upsample_type": "resnet"})",
      "unet"));
  const nn::Program network = models::build_unet(config);
  const auto shapes = nn::infer_shapes(network, {{"sample", {1, 3, 64, 64}}, {"timestep", {1}}});
  const auto branches = sampling::skip_connections(network);
  ASSERT_EQ(branches.size(), 12U);
  EXPECT_EQ(branches.front().skip, "conv_in");
  EXPECT_EQ(branches.back().from_below, "up.0.in");
  std::uint64_t before = 0;
  for (const SkipConnection& branch : branches) {
    std::vector<std::string> names = network.input_names();
    names.push_back(branch.from_below);
    const std::uint64_t macs = nn::count_macs(network.extract(names, {"out"}), shapes).total();
    EXPECT_GT(macs, before) << branch.from_below;
    before = macs;
  }
  EXPECT_LT(before, nn::count_macs(network, shapes).total());
}

INSTANTIATE_TEST_SUITE_P(Published, MacsTable, ::testing::Values(kSd15, kSdxl, kLdm4),
                         [](const auto& table) {
                           std::string name = table.param.name;
                           std::erase_if(name, [](char c) { return !std::isalnum(c); });
                           return name;
                         });

/// The cut points of presets: SD1.5's first level has attention, SDXL's has none.
TEST(Rim, FollowsTheFamily) {
  const auto rim = [](const Table& table) {
    const auto config = models::UnetConfig::from(io::Config::from_text(table.config, table.name));
    return attention_free_branches(models::build_unet(config));
  };
  EXPECT_EQ(rim(kSd15), 0U);
  EXPECT_EQ(rim(kSdxl), 3U);
}

}  // namespace
}  // namespace latentrt::accel
