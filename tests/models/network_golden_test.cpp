/// All network goldens, with the fast operations and with LibTorch's: outputs of the reference
/// implementations for small random models of full structure.

#include <ATen/TensorOperators.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <latentrt/tensor.hpp>
#include <optional>
#include <tuple>

#include "io/json.hpp"
#include "io/weights.hpp"
#include "models/autoencoder/tiny_vae.hpp"
#include "models/autoencoder/vae.hpp"
#include "models/autoencoder/vq_model.hpp"
#include "models/text/clip.hpp"
#include "models/unet/unet.hpp"
#include "nn/ops/local_ops.hpp"
#include "nn/ops/torch_ops.hpp"
#include "nn/run/executor.hpp"

namespace latentrt::models {
namespace {

namespace fs = std::filesystem;

constexpr double kTolerance =
    1e-4;  ///< fp32 compared with the reference: absolute for a network's outputs
constexpr std::int64_t kKeptValues = 256;

const fs::path kFolder = fs::path(LATENTRT_SOURCE_DIR) / "tests/golden/networks";

/// One set of inputs and the reference's outputs for them.
class Record {
 public:
  explicit Record(const fs::path& file) : tensors_(read_tensors(file)) {}

  bool has(const std::string& name) const { return tensors_.contains(name); }
  at::Tensor operator[](const std::string& name) {
    HostTensor& tensor = tensors_.at(name);
    return at::from_blob(tensor.data.data(), tensor.shape, at::TensorOptions(at::kFloat));
  }
  std::vector<std::string> names(std::string_view prefix) const {
    std::vector<std::string> names;
    for (const auto& [name, tensor] : tensors_) {
      if (name.starts_with(prefix) && !name.ends_with(".sums")) names.push_back(name);
    }
    return names;
  }

 private:
  TensorMap tensors_;
};

std::vector<fs::path> records(const std::string& golden) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(kFolder / golden)) {
    if (entry.path().filename().string().starts_with("io")) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

void expect_close(const at::Tensor& value, const at::Tensor& golden, const std::string& what,
                  double scale = 1) {
  ASSERT_EQ(value.sizes(), golden.sizes()) << what;
  const double difference = (value - golden).abs().max().item<double>();
  fmt::print("{:<64} max abs difference {:.2e}\n", what, difference);
  EXPECT_LT(difference, kTolerance * scale) << what;
}

/// Values between blocks grow beyond one, and fp32's rounding errors with them.
double scale_of(const at::Tensor& golden) {
  return std::max(1.0, golden.abs().max().item<double>());
}

/// A golden keeps every s-th value of a large tensor, s = ceil(count / 256) made odd, and its sums.
void expect_close_to_thinned(const at::Tensor& value, Record& record, const std::string& name,
                             const std::string& what) {
  const std::int64_t step = ((value.numel() + kKeptValues - 1) / kKeptValues) | 1;
  const at::Tensor flat = value.contiguous().flatten();
  expect_close(value.numel() <= kKeptValues ? flat : flat.slice(0, 0, flat.numel(), step),
               record[name].flatten(), what, scale_of(record[name]));
  const at::Tensor sums =
      at::stack({flat.to(at::kDouble).sum(), flat.to(at::kDouble).abs().sum()}).to(at::kFloat);
  const double scale = record[name + ".sums"][1].item<double>();
  EXPECT_LT((sums - record[name + ".sums"]).abs().max().item<double>(), kTolerance * (1 + scale))
      << what;
}

io::Config config_of(const std::string& golden) {
  return io::Config::load(kFolder / golden / "config.json");
}

nn::BoundWeights bind(const std::string& name, const nn::Program& program, bool clip = false) {
  const io::WeightFiles files{.stem = clip ? "model" : "diffusion_pytorch_model", .variant = {}};
  const io::WeightMap stored = io::WeightMap::open(
      kFolder / name, files, clip ? io::canonical_clip_key : io::canonical_diffusers_key);
  return nn::bind_weights(program, stored, {}, name);
}

nn::NamedTensors unet_inputs(Record& record, const UnetConfig& config) {
  nn::NamedTensors inputs;
  for (const char* name : {"sample", "timestep", "encoder_hidden_states", "class_labels",
                           "text_embeds", "time_ids", "guidance"}) {
    if (record.has(name)) inputs[name] = record[name];
  }
  if (config.class_embedding == ClassEmbedding::table)
    inputs["class_labels"] = inputs["class_labels"].to(at::kLong);
  return inputs;
}

/// The last value of a down or up block: "down.2.attn.1", "up.0.res.2".
std::string last_layer(const nn::Program& program, const std::string& block, std::int64_t layer) {
  const std::string attention = fmt::format("{}.attn.{}", block, layer);
  return program.has_value(attention) ? attention : fmt::format("{}.res.{}", block, layer);
}

/// Names of all values that the upsampling path reads, in the order in which the reference lists a
/// block's skips.
std::vector<std::string> block_outputs(const nn::Program& program, const UnetConfig& config,
                                       std::size_t i) {
  std::vector<std::string> names;
  for (std::int64_t j = 0; j < config.levels[i].layers; ++j)
    names.push_back(last_layer(program, fmt::format("down.{}", i), j));
  const std::string down = fmt::format("down.{}.down", i);
  if (program.has_value(down)) names.push_back(down);
  return names;
}

/// Our name for the output of one of the reference's modules; empty if a fused node has no such
/// value.
std::optional<std::string> value_for(const std::string& hook, const nn::Program& program,
                                     const UnetConfig& config) {
  static const std::map<std::string, std::string> kFixed{
      {"conv_in", "conv_in"},
      {"mid_block", "up.0.in"},
      {"mid_block.resnets.0", "mid.res.0"},
      {"mid_block.attentions.0", "mid.attn"},
      {"mid_block.resnets.1", "up.0.in"},
      {"time_embedding", "time_embedding.linear_2"},
      {"add_embedding", "add_embedding.linear_2"}};
  if (const auto found = kFixed.find(hook); found != kFixed.end()) return found->second;
  std::size_t i = 0, k = 0;
  if (std::sscanf(hook.c_str(), "down_blocks.%zu.skips.%zu", &i, &k) == 2)
    return block_outputs(program, config, i)[k];
  if (std::sscanf(hook.c_str(), "down_blocks.%zu", &i) == 1)
    return block_outputs(program, config, i).back();
  if (std::sscanf(hook.c_str(), "up_blocks.%zu", &i) != 1) return std::nullopt;
  const std::string next = fmt::format("up.{}.in", i + 1);
  const std::int64_t layers = config.levels[config.levels.size() - 1 - i].layers;
  return program.has_value(next) ? next : last_layer(program, fmt::format("up.{}", i), layers);
}

/// A golden, and the operations that compute it.
class Golden : public ::testing::TestWithParam<std::tuple<std::string, std::string>> {
 protected:
  const std::string& golden() const { return std::get<0>(GetParam()); }
  const nn::OpSet& ops() const {
    static const nn::LocalOps local;
    static const nn::TorchOps torch;
    return std::get<1>(GetParam()) == "LocalOps" ? static_cast<const nn::OpSet&>(local) : torch;
  }
};

UnetConfig unet_config_of(const std::string& golden) {
  const io::Config config = config_of(golden);
  return config.string("_class_name", "") == "UNet2DModel" ? UnetConfig::unconditional_from(config)
                                                           : UnetConfig::from(config);
}

class UnetGolden : public Golden {};

TEST_P(UnetGolden, EqualsTheReference) {
  const UnetConfig config = unet_config_of(golden());
  const nn::Program program = build_unet(config);
  const nn::BoundWeights weights = bind(golden(), program);
  ASSERT_FALSE(records(golden()).empty());
  for (const fs::path& file : records(golden())) {
    Record record(file);
    const auto outputs = nn::run(program, weights, ops(), unet_inputs(record, config));
    expect_close(outputs.at("out"), record["out"], golden() + " " + file.stem().string());
  }
}

/// Values that a ControlNet adds to the skips and to the middle.
class UnetResiduals : public Golden {};

TEST_P(UnetResiduals, EqualTheReference) {
  const UnetConfig config = unet_config_of(golden());
  const nn::Program program = build_unet(config, true);
  Record record(kFolder / golden() / "residuals.safetensors");
  nn::NamedTensors inputs = unet_inputs(record, config);
  for (const char* prefix : {"down_residual.", "mid_residual"}) {
    for (const std::string& name : record.names(prefix)) inputs[name] = record[name];
  }
  const auto outputs = nn::run(program, bind(golden(), program), ops(), inputs);
  expect_close(outputs.at("out"), record["out"], golden() + " residuals");
}

/// The cut points have the outputs of the reference's blocks.
TEST_P(UnetGolden, CutPointsEqualTheReference) {
  const UnetConfig config = unet_config_of(golden());
  const nn::Program program = build_unet(config);
  const nn::BoundWeights weights = bind(golden(), program);
  for (const fs::path& file : records(golden())) {
    Record record(file);
    std::map<std::string, std::string> wanted;
    for (const std::string& hook : record.names("hook.")) {
      if (const auto value = value_for(hook.substr(5), program, config)) wanted[hook] = *value;
    }
    ASSERT_GE(wanted.size(), 2 + 2 * config.levels.size());
    std::vector<std::string> names;
    for (const auto& [hook, value] : wanted) names.push_back(value);
    const auto values = nn::run(program.extract(program.input_names(), names), weights, ops(),
                                unet_inputs(record, config));
    for (const auto& [hook, value] : wanted) {
      expect_close_to_thinned(values.at(value), record, hook,
                              golden() + " " + file.stem().string() + " " + value);
    }
  }
}

class ClipGolden : public Golden {};

TEST_P(ClipGolden, EqualsTheReference) {
  Record record(kFolder / golden() / "io.safetensors");
  const ClipConfig config =
      ClipConfig::from(config_of(golden()), golden().find("bigg") != std::string::npos);
  const nn::Program program = build_clip(config);
  const nn::BoundWeights weights = bind(golden(), program, true);
  const at::Tensor ids = record["input_ids"].to(at::kLong).contiguous();
  std::vector<std::int64_t> ends;
  for (const at::Tensor& row : ids.unbind()) {
    ends.push_back(end_index(
        config, {row.const_data_ptr<std::int64_t>(), static_cast<std::size_t>(row.numel())}));
  }
  std::vector<std::string> names = program.output_names();
  for (std::int64_t i = 0; i <= config.layers; ++i) names.push_back(hidden_state(i));
  const auto outputs = nn::run(program.extract(program.input_names(), names), weights, ops(),
                               {{"input_ids", ids}, {"end_index", at::tensor(ends)}});
  expect_close(outputs.at("last_hidden_state"), record["out"], golden() + " last_hidden_state");
  for (std::int64_t i = 0; i <= config.layers; ++i) {
    const std::string state = fmt::format("hidden_states.{}", i);
    expect_close(outputs.at(hidden_state(i)), record[state], golden() + " " + state);
  }
  expect_close(outputs.at(config.with_projection ? "text_embeds" : "pooled"), record["pooled"],
               golden() + " pooled");
}

class VaeGolden : public Golden {};

TEST_P(VaeGolden, EqualsTheReference) {
  const VaeConfig config = VaeConfig::from(config_of(golden()));
  const nn::Program encoder = build_vae_encoder(config), decoder = build_vae_decoder(config);
  const nn::BoundWeights encoder_weights = bind(golden(), encoder),
                         decoder_weights = bind(golden(), decoder);
  ASSERT_FALSE(records(golden()).empty());
  for (const fs::path& file : records(golden())) {
    Record record(file);
    const std::string what = golden() + " " + file.stem().string();
    const auto moments = nn::run(encoder, encoder_weights, ops(), {{"image", record["sample"]}})
                             .at("moments")
                             .chunk(2, 1);
    expect_close(moments[0], record["mean"], what + " mean");
    expect_close(moments[1].clamp(-30, 20), record["logvar"], what + " logvar");
    const auto image =
        nn::run(decoder, decoder_weights, ops(), {{"latents", record["latent"]}}).at("image");
    expect_close(image, record["out"], what + " decoded");
  }
}

class VqGolden : public Golden {};

/// A golden may have only one half.
TEST_P(VqGolden, EqualsTheReference) {
  const VqConfig config = VqConfig::from(config_of(golden()));
  ASSERT_FALSE(records(golden()).empty());
  for (const fs::path& file : records(golden())) {
    Record record(file);
    const std::string what = golden() + " " + file.stem().string();
    const nn::Program encoder = build_vq_encoder(config), decoder = build_vq_decoder(config);
    if (record.has("latents")) {
      const auto latents =
          nn::run(encoder, bind(golden(), encoder), ops(), {{"image", record["sample"]}});
      expect_close(latents.at("latents"), record["latents"], what + " latents");
    }
    const auto image = nn::run(decoder.extract({"latents"}, {"codes", "image"}),
                               bind(golden(), decoder), ops(), {{"latents", record["latent"]}});
    expect_close(image.at("codes"), record["codes"], what + " codes");
    expect_close(image.at("image"), record["out"], what + " decoded");
  }
}

class TinyVaeGolden : public Golden {};

TEST_P(TinyVaeGolden, EqualsTheReference) {
  const TinyVaeConfig config = TinyVaeConfig::from(config_of(golden()));
  const nn::Program encoder = build_tiny_vae_encoder(config),
                    decoder = build_tiny_vae_decoder(config);
  const nn::BoundWeights encoder_weights = bind(golden(), encoder),
                         decoder_weights = bind(golden(), decoder);
  ASSERT_FALSE(records(golden()).empty());
  for (const fs::path& file : records(golden())) {
    Record record(file);
    const std::string what = golden() + " " + file.stem().string();
    const auto latents = nn::run(encoder, encoder_weights, ops(), {{"image", record["sample"]}});
    expect_close(latents.at("latents"), record["latents"], what + " latents");
    const auto image = nn::run(decoder, decoder_weights, ops(), {{"latents", record["latent"]}});
    expect_close(image.at("image"), record["out"], what + " decoded");
  }
}

std::vector<std::string> goldens(const std::string& prefix) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kFolder)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(prefix)) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

const auto kOps = ::testing::Values("LocalOps", "TorchOps");
const auto kName = [](const auto& info) {
  return std::get<0>(info.param) + "_" + std::get<1>(info.param);
};

auto each(const std::vector<std::string>& names) {
  return ::testing::Combine(::testing::ValuesIn(names), kOps);
}

INSTANTIATE_TEST_SUITE_P(Golden, UnetGolden, each(goldens("unet_")), kName);
INSTANTIATE_TEST_SUITE_P(Golden, UnetResiduals, each({"unet_sd1", "unet_sd2", "unet_sdxl"}), kName);
INSTANTIATE_TEST_SUITE_P(Golden, ClipGolden, each(goldens("clip_")), kName);
INSTANTIATE_TEST_SUITE_P(Golden, TinyVaeGolden, each(goldens("tiny_vae")), kName);
INSTANTIATE_TEST_SUITE_P(Golden, VqGolden, each(goldens("vq_")), kName);
INSTANTIATE_TEST_SUITE_P(Golden, VaeGolden, each(goldens("vae_")), kName);

}  // namespace
}  // namespace latentrt::models
