/// Gradients of networks with TorchOps, compared with finite differences in fp64.
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/randn_like.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>

#include "models/autoencoder/vae.hpp"
#include "models/text/clip.hpp"
#include "nn/ops/torch_ops.hpp"
#include "nn/passes/fuse.hpp"
#include "nn/run/executor.hpp"
#include "nn/weights/parameters.hpp"
#include "support/tiny_unet.hpp"

namespace latentrt::nn {
namespace {

/// Of a central difference in fp64: its error is the square of the step, plus the rounding of a
/// loss divided by the step.
constexpr double kStep = 1e-5, kTolerance = 1e-7;

/// A network whose loss is a weighted sum of its outputs, with a different weight for each element.
class Trained {
 public:
  Trained(Program program, NamedTensors inputs)
      : program_(std::move(program)), inputs_(std::move(inputs)) {
    const auto blurred = [](const WeightSpec&, const at::Tensor& tensor) {
      return tensor + 0.2 * at::randn_like(tensor);  // no bias of 0, no scale of 1
    };
    const BoundWeights plain = random_weights(program_, 3, {});
    parameters_ =
        std::make_unique<Parameters>(program_, edited(program_, plain, blurred), at::kDouble);
    const at::NoGradGuard no_gradients;
    at::manual_seed(9);
    for (const auto& [name, value] : outputs()) probes_[name] = at::randn_like(value);
  }

  const Program& program() const { return program_; }
  Parameters& parameters() { return *parameters_; }
  NamedTensors& inputs() { return inputs_; }

  at::Tensor loss() const {
    at::Tensor sum = at::zeros({}, at::kDouble);
    for (const auto& [name, value] : outputs()) sum = sum + (value * probes_.at(name)).sum();
    return sum;
  }

 private:
  NamedTensors outputs() const { return run(program_, parameters_->bind(), TorchOps(), inputs_); }

  Program program_;
  NamedTensors inputs_, probes_;
  std::unique_ptr<Parameters> parameters_;
};

/// Along the gradient and a random direction of the same length, so that every element has an
/// effect.
void expect_gradient_of(Trained& network, at::Tensor leaf, const std::string& what) {
  const at::Tensor gradient = leaf.grad();
  ASSERT_TRUE(gradient.defined()) << what;
  const at::NoGradGuard no_gradients;
  const at::Tensor random = at::randn_like(leaf);
  const at::Tensor direction = gradient / gradient.norm() + random / random.norm();
  const at::Tensor before = leaf.clone();
  const auto loss_at = [&](double step) {
    leaf.copy_(before + step * direction);
    return network.loss().item<double>();
  };
  const double difference = (loss_at(kStep) - loss_at(-kStep)) / (2 * kStep);
  leaf.copy_(before);
  const double slope = (gradient * direction).sum().item<double>();
  const double scale = gradient.norm().item<double>();
  fmt::print("{:<72} {:+.3e}, relative difference {:.1e}\n", what, slope,
             std::abs(slope - difference) / scale);
  EXPECT_GT(scale, 0) << what;
  EXPECT_LE(std::abs(slope - difference), kTolerance * scale) << what;
}

/// The first node of each kind of operation, with each of its weights.
std::map<std::string, std::string> weight_of_each_kind(const Program& program) {
  std::map<std::string, std::string> found;
  for (const Node& node : program.nodes()) {
    for (std::size_t i = 0; i < node.weights.size(); ++i) {
      const Weight& weight = program.weights()[static_cast<std::size_t>(node.weights[i])];
      found.emplace(fmt::format("{}.{}", name_of(node.op), i), weight.parts.front().name);
    }
  }
  return found;
}

std::vector<std::string> expect_gradients(Trained network) {
  std::vector<std::string> kinds;
  network.loss().backward();
  for (const auto& [kind, name] : weight_of_each_kind(network.program())) {
    kinds.push_back(kind);
    expect_gradient_of(network, network.parameters()[name], kind + " " + name);
  }
  return kinds;
}

NamedTensors unet_inputs() {
  return {{"sample", at::randn({2, 4, 7, 9}, at::kDouble)},
          {"encoder_hidden_states", at::randn({2, 5, testing::kTinyContext}, at::kDouble)},
          {"timestep", at::arange(2, at::kDouble) * 300 + 21}};
}

class Gradients : public ::testing::Test {
 protected:
  void SetUp() override { at::manual_seed(6); }
};

TEST_F(Gradients, OfAUnetAreThoseOfFiniteDifferences) {
  const auto kinds =
      expect_gradients({models::build_unet(testing::tiny_unet_config()), unet_inputs()});
  const std::vector<std::string> wanted{"conv2d.0",     "conv2d.1",     "group_norm.0",
                                        "group_norm.1", "layer_norm.0", "layer_norm.1",
                                        "linear.0",     "linear.1"};
  EXPECT_EQ(kinds, wanted);
}

TEST_F(Gradients, OfAUnetWithClassesAndModulation) {
  const auto config = models::UnetConfig::from(io::Config::from_text(
      R"({"block_out_channels": [8, 16], "layers_per_block": 1, "norm_num_groups": 4, "attention_head_dim": 2,
          "cross_attention_dim": 12, "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D"],
          "up_block_types": ["CrossAttnUpBlock2D", "UpBlock2D"], "resnet_time_scale_shift": "scale_shift",
          "num_class_embeds": 5})",
      "unet"));
  NamedTensors inputs = unet_inputs();
  inputs["class_labels"] = at::arange(2);
  const auto kinds = expect_gradients({models::build_unet(config), inputs});
  EXPECT_NE(std::ranges::find(kinds, "embedding.0"), kinds.end());
}

TEST_F(Gradients, OfATextEncoder) {
  const auto config = models::ClipConfig::from(
      io::Config::from_text(R"({"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2,
          "num_attention_heads": 2, "hidden_act": "quick_gelu", "vocab_size": 50})",
                            "tiny text encoder"),
      false);
  const auto kinds = expect_gradients(
      {models::build_clip(config),
       {{"input_ids", at::arange(14).view({2, 7})}, {"end_index", at::full({2}, 6)}}});
  for (const char* kind : {"embedding.0", "add_positions.0"})
    EXPECT_NE(std::ranges::find(kinds, kind), kinds.end()) << kind;
}

TEST_F(Gradients, OfADecoder) {
  models::VaeConfig config;
  config.block_out_channels = {8, 16};
  config.groups = 4;
  expect_gradients(
      {models::build_vae_decoder(config), {{"latents", at::randn({1, 4, 5, 3}, at::kDouble)}}});
}

TEST_F(Gradients, OfTheInputs) {
  Trained network(models::build_unet(testing::tiny_unet_config()), unet_inputs());
  for (const char* name : {"sample", "encoder_hidden_states"})
    network.inputs().at(name).requires_grad_(true);
  network.loss().backward();
  for (const char* name : {"sample", "encoder_hidden_states"})
    expect_gradient_of(network, network.inputs().at(name), name);
}

/// Gradients of stacked weights reach the checkpoint's tensors, and fused operations have the
/// gradients of those that they replace.
TEST_F(Gradients, OfAFusedNetworkAreThoseOfThePlainOne) {
  const Program program = models::build_unet(testing::tiny_unet_config());
  const NamedTensors inputs = unet_inputs();
  Trained plain(program, inputs), fused(fuse(program), inputs);
  ASSERT_EQ(plain.parameters().names(), fused.parameters().names());
  for (const std::string& name : plain.parameters().names()) {
    const at::NoGradGuard no_gradients;
    at::Tensor(fused.parameters()[name]).copy_(plain.parameters()[name]);
  }
  const at::Tensor loss = plain.loss();
  loss.backward();
  fused.loss().backward();
  EXPECT_NEAR(fused.loss().item<double>(), loss.item<double>(), 1e-10);
  for (const std::string& name : plain.parameters().names()) {
    const at::Tensor wanted = plain.parameters()[name].grad();
    const double worst = (fused.parameters()[name].grad() - wanted).abs().max().item<double>();
    EXPECT_LE(worst, 1e-10 * std::max(1.0, wanted.abs().max().item<double>())) << name;
  }
}

}  // namespace
}  // namespace latentrt::nn
