/// Each pass, on its own and with the others, keeps a network's results.
#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "io/json.hpp"
#include "models/autoencoder/vae.hpp"
#include "models/text/clip.hpp"
#include "nn/passes/fuse.hpp"
#include "nn/passes/fuse_shifts.hpp"
#include "nn/passes/fuse_sums.hpp"
#include "nn/passes/join_projections.hpp"
#include "nn/run/executor.hpp"
#include "nn/weights/scalar_type.hpp"
#include "support/tiny_unet.hpp"

namespace latentrt::nn {
namespace {

using Pass = Program (*)(const Program&);

struct Case {
  const char* name;
  Pass pass;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

/// A network with matching inputs.
struct Network {
  Program program;
  NamedTensors inputs;
};

Network unet(bool residuals) {
  Network network{models::build_unet(testing::tiny_unet_config(), residuals), {}};
  network.inputs = {{"sample", at::randn({2, 4, 8, 8})},
                    {"encoder_hidden_states", at::randn({2, 5, testing::kTinyContext})},
                    {"timestep", at::arange(2) * 300 + 21}};
  if (!residuals) return network;
  const auto shapes = std::vector<std::vector<std::int64_t>>{
      {2, 8, 8, 8}, {2, 8, 8, 8}, {2, 8, 8, 8}, {2, 8, 4, 4}, {2, 16, 4, 4}, {2, 16, 4, 4}};
  for (std::size_t i = 0; i < shapes.size(); ++i)
    network.inputs.emplace("down_residual." + std::to_string(i), at::randn(shapes[i]));
  network.inputs.emplace("mid_residual", at::randn({2, 16, 4, 4}));
  return network;
}

Network decoder() {
  const auto config = models::VaeConfig::from(io::Config::from_text(
      R"({"block_out_channels": [8, 16], "layers_per_block": 1, "norm_num_groups": 4,
          "down_block_types": ["DownEncoderBlock2D", "DownEncoderBlock2D"],
          "up_block_types": ["UpDecoderBlock2D", "UpDecoderBlock2D"]})",
      "tiny vae"));
  return {models::build_vae_decoder(config), {{"latents", at::randn({2, 4, 5, 3})}}};
}

Network text_encoder() {
  const auto config = models::ClipConfig::from(
      io::Config::from_text(R"({"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2,
          "num_attention_heads": 2, "hidden_act": "quick_gelu", "vocab_size": 50})",
                            "tiny text encoder"),
      false);
  return {models::build_clip(config),
          {{"input_ids", at::arange(14).view({2, 7})}, {"end_index", at::full({2}, 6)}}};
}

class Passes : public ::testing::TestWithParam<Case> {
 protected:
  void SetUp() override { at::manual_seed(2); }

  /// With weights stored in all forms.
  void expect_same(const Network& network) const {
    const Program changed = GetParam().pass(network.program);
    for (const DType dtype : {DType::fp32, DType::bf16}) {
      for (const bool packed : {false, can_pack(at::kCPU, dtype)}) {
        const WeightPlacement placement{.dtype = dtype, .packed = packed};
        expect_close(outputs(changed, network.inputs, placement),
                     outputs(network.program, network.inputs, placement), dtype);
      }
    }
  }

 private:
  static NamedTensors outputs(const Program& program, NamedTensors inputs,
                              const WeightPlacement& placement) {
    for (auto& [name, tensor] : inputs) {
      const bool picture = tensor.dim() == 4;
      if (tensor.is_floating_point())
        tensor = picture ? placed(tensor, placement, placement.picture_format())
                         : placed(tensor, placement);
    }
    return run(program, random_weights(program, 4, placement), LocalOps(), inputs);
  }

  static void expect_close(const NamedTensors& given, const NamedTensors& wanted, DType dtype) {
    const double unit = dtype == DType::bf16 ? 0x1p-5 : 0x1p-17;
    ASSERT_EQ(given.size(), wanted.size());
    for (const auto& [name, tensor] : wanted) {
      const double worst = (given.at(name) - tensor).abs().max().item<double>();
      EXPECT_LE(worst, unit * tensor.abs().max().item<double>()) << name;
    }
  }
};

TEST_P(Passes, KeepTheNumbersOfAUnet) { expect_same(unet(false)); }
TEST_P(Passes, KeepTheNumbersOfAUnetWithResiduals) { expect_same(unet(true)); }
TEST_P(Passes, KeepTheNumbersOfADecoder) { expect_same(decoder()); }
TEST_P(Passes, KeepTheNumbersOfATextEncoder) { expect_same(text_encoder()); }

TEST_P(Passes, KeepThePlacesToCutAndTheTensorsOfTheCheckpoint) {
  const Program program = models::build_unet(testing::tiny_unet_config());
  const Program changed = GetParam().pass(program);
  for (const Node& node : program.nodes()) {
    const std::string& name = program.name_of(node.dst);
    if (name == node.name) continue;
    EXPECT_NO_THROW(changed.extract(program.input_names(), {name})) << name;
  }
  const auto names = [](const Program& of) {
    std::vector<std::string> all;
    for (const WeightSpec& spec : stored_tensors(of.weights())) all.push_back(spec.name);
    std::ranges::sort(all);
    return all;
  };
  EXPECT_EQ(names(changed), names(program));
}

TEST_P(Passes, ChangeNothingTwice) {
  const Program once = GetParam().pass(unet(false).program);
  EXPECT_EQ(GetParam().pass(once).nodes().size(), once.nodes().size());
}

INSTANTIATE_TEST_SUITE_P(Each, Passes,
                         ::testing::Values(Case{"fuse_sums", fuse_sums},
                                           Case{"fuse_shifts", fuse_shifts},
                                           Case{"join_projections", join_projections},
                                           Case{"all", fuse}),
                         [](const auto& test) { return std::string(test.param.name); });

template <class Kind>
std::ptrdiff_t count(const Program& program) {
  return std::ranges::count_if(
      program.nodes(), [](const Node& node) { return std::holds_alternative<Kind>(node.op); });
}

/// Self-attention saves two products a layer, cross-attention one.
TEST(Fuse, LeavesNoAdditionBesideAProductAndNoShiftBesideANorm) {
  const Program program = models::build_unet(testing::tiny_unet_config());
  const Program fused = fuse(program);
  EXPECT_GT(count<Add>(program), 0);
  EXPECT_EQ(count<Add>(fused), 0);
  EXPECT_EQ(count<AddChannels>(fused), 0);
  const std::ptrdiff_t layers = count<Attention>(program);
  EXPECT_EQ(count<Linear>(program) - count<Linear>(fused), layers * 2 + layers * 1);
}

TEST(Fuse, EditsReachTheTensorsInAStack) {
  const Program program = fuse(models::build_unet(testing::tiny_unet_config()));
  const std::string wanted = "mid_block.attentions.0.transformer_blocks.0.attn1.to_k.weight";
  for (const bool packed : {false, can_pack(at::kCPU, DType::fp32)}) {
    const BoundWeights plain = random_weights(program, 4, {.packed = packed});
    const BoundWeights twice =
        edited(program, plain, [&](const WeightSpec& spec, const at::Tensor& tensor) {
          return spec.name == wanted ? tensor * 2 : tensor;
        });
    int changed = 0;
    for (std::size_t i = 0; i < program.weights().size(); ++i) {
      const auto id = static_cast<WeightId>(i);
      const at::Tensor before = plain.placed(id).plain(), after = twice.placed(id).plain();
      if (before.equal(after)) continue;
      ++changed;
      const auto rows = before.size(0) / 3;
      EXPECT_TRUE(after.narrow(0, 0, rows).equal(before.narrow(0, 0, rows)));
      EXPECT_TRUE(after.narrow(0, rows, rows).equal(2 * before.narrow(0, rows, rows)));
      EXPECT_TRUE(after.narrow(0, 2 * rows, rows).equal(before.narrow(0, 2 * rows, rows)));
    }
    EXPECT_EQ(changed, 1);
  }
}

}  // namespace
}  // namespace latentrt::nn
