/// Leaf tensors of a network: their values, and the effect of changes on the weights of later runs.
#include "nn/weights/parameters.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/randn.h>
#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>

#include "nn/ops/torch_ops.hpp"
#include "nn/passes/fuse.hpp"
#include "nn/passes/mark_quantizable.hpp"
#include "nn/program/program_builder.hpp"
#include "nn/run/executor.hpp"
#include "support/expect_error.hpp"
#include "support/tiny_unet.hpp"

namespace latentrt::nn {
namespace {

/// y = W x + b.
Program one_map() {
  ProgramBuilder b;
  b.output(b.linear("map", b.input("x", {}), 3, 2), "y");
  return std::move(b).build();
}

at::Tensor run_map(const Program& program, const BoundWeights& weights, const OpSet& ops) {
  return run(program, weights, ops, {{"x", at::arange(6, at::kFloat).view({2, 3})}}).at("y");
}

TEST(Parameters, AreLeavesByNameWithTheWeightsElements) {
  const Program program = one_map();
  const BoundWeights weights = random_weights(program, 1, {});
  const Parameters parameters(program, weights);
  EXPECT_EQ(parameters.names(), (std::vector<std::string>{"map.bias", "map.weight"}));
  EXPECT_TRUE(at::equal(parameters["map.weight"], weights[0]));
  EXPECT_NE(parameters["map.weight"].const_data_ptr(), weights[0].const_data_ptr());
  for (const at::Tensor& tensor : parameters.tensors()) {
    EXPECT_TRUE(tensor.is_leaf());
    EXPECT_TRUE(tensor.requires_grad());
  }
  EXPECT_ERROR(Code::invalid_argument, "\"map.scale\"", parameters["map.scale"]);
}

TEST(Parameters, OfAnotherTypeRunInIt) {
  const Program program = one_map();
  const Parameters parameters(program, random_weights(program, 1, {}), at::kDouble);
  EXPECT_EQ(parameters["map.weight"].scalar_type(), at::kDouble);
  const at::Tensor x = placed(at::randn({2, 3}), parameters.bind().placement());
  const auto outputs = run(program, parameters.bind(), TorchOps(), {{"x", x}});
  EXPECT_EQ(outputs.at("y").scalar_type(), at::kDouble);
}

TEST(Parameters, AStepChangesTheRunAndTheEpoch) {
  const Program program = one_map();
  Parameters parameters(program, random_weights(program, 1, {}));
  const BoundWeights before = parameters.bind();
  EXPECT_EQ(parameters.bind().epoch(), before.epoch());
  const at::Tensor loss = run_map(program, before, TorchOps()).square().sum();
  loss.backward();
  {
    const at::NoGradGuard no_gradients;
    for (at::Tensor tensor : parameters.tensors()) tensor.sub_(1e-3 * tensor.grad());
  }
  parameters.updated();
  const BoundWeights after = parameters.bind();
  EXPECT_NE(after.epoch(), before.epoch());
  EXPECT_EQ(after.epoch(), parameters.epoch());
  EXPECT_LT(run_map(program, after, TorchOps()).square().sum().item<double>(), loss.item<double>());
  // No other weights have had these epochs.
  EXPECT_GT(random_weights(program, 1, {}).epoch(), after.epoch());
}

TEST(Parameters, RunInTheCallersMode) {
  const Program program = one_map();
  const Parameters parameters(program, random_weights(program, 1, {}));
  EXPECT_TRUE(run_map(program, parameters.bind(), TorchOps()).requires_grad());
  EXPECT_ERROR(Code::invalid_argument, "map: a weight requires grad",
               run_map(program, parameters.bind(), LocalOps()));
  {
    const at::NoGradGuard no_gradients;
    EXPECT_FALSE(run_map(program, parameters.bind(), LocalOps()).requires_grad());
  }
  const c10::InferenceMode inference;
  EXPECT_TRUE(run_map(program, parameters.bind(), LocalOps()).is_inference());
  EXPECT_ERROR(Code::invalid_argument, "inference mode",
               Parameters(program, random_weights(program, 1, {})));
}

/// Weights that were loaded in inference mode, as a pipeline's are.
TEST(Parameters, AreMadeOfInferenceTensors) {
  const Program program = one_map();
  const auto loaded = [&] {
    const c10::InferenceMode inference;
    return random_weights(program, 1, {});
  }();
  ASSERT_TRUE(loaded[0].is_inference());
  const Parameters parameters(program, loaded);
  run_map(program, parameters.bind(), TorchOps()).sum().backward();
  EXPECT_TRUE(parameters["map.weight"].grad().defined());
}

/// Stacked, packed and 8-bit weights: the leaves are the checkpoint's tensors, and a run with them
/// equals one with the weights.
TEST(Parameters, OfWeightsInEveryForm) {
  const Program program = mark_quantizable(fuse(models::build_unet(testing::wide_unet_config())));
  at::manual_seed(5);
  for (const DType dtype : {DType::fp32, DType::bf16, DType::int8}) {
    if (dtype == DType::int8 && !can_quantize(at::kCPU)) continue;
    const WeightPlacement placement{.dtype = dtype, .packed = can_pack(at::kCPU, dtype)};
    const BoundWeights weights = random_weights(program, 2, placement);
    const Parameters parameters(program, weights);
    EXPECT_EQ(parameters.names().size(), stored_tensors(program.weights()).size());
    const NamedTensors inputs{
        {"sample", placed(at::randn({1, 4, 8, 8}), placement, placement.picture_format())},
        {"encoder_hidden_states", placed(at::randn({1, 5, testing::kTinyContext}), placement)},
        {"timestep", at::arange(1, at::kFloat) + 21}};
    const at::NoGradGuard no_gradients;
    EXPECT_TRUE(at::equal(run(program, parameters.bind(), TorchOps(), inputs).at("out"),
                          run(program, weights, TorchOps(), inputs).at("out")))
        << name_of(dtype);
  }
}

}  // namespace
}  // namespace latentrt::nn
