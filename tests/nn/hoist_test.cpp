#include "nn/passes/hoist.hpp"

#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "nn/run/executor.hpp"
#include "sampling/noise.hpp"
#include "support/tiny_unet.hpp"

namespace latentrt::nn {
namespace {

NamedTensors inputs_for(std::int64_t rows) {
  at::Generator generator = sampling::make_generator(3);
  return {{"sample", sampling::draw_noise({rows, 4, 8, 8}, generator, at::kCPU)},
          {"encoder_hidden_states",
           sampling::draw_noise({rows, 5, testing::kTinyContext}, generator, at::kCPU)},
          {"timestep", at::full({rows}, 321.0, at::TensorOptions(at::kFloat))}};
}

TEST(Hoist, PrologueAndBodyGiveTheBitsOfTheWhole) {
  const nn::Network denoiser = testing::tiny_denoiser();
  const NamedTensors inputs = inputs_for(2);
  const at::Tensor whole =
      run(*denoiser.program, *denoiser.weights, *denoiser.ops, inputs).at("out");

  const Hoisted prompt = hoist(*denoiser.program, {"encoder_hidden_states"});
  const Hoisted time = hoist(prompt.body, {"timestep"});
  NamedTensors carried = inputs;
  carried.erase("encoder_hidden_states");
  carried.merge(run(prompt.prologue, *denoiser.weights, *denoiser.ops, inputs));
  carried.merge(run(time.prologue, *denoiser.weights, *denoiser.ops, inputs));
  carried.erase("timestep");
  EXPECT_TRUE(
      at::equal(whole, run(time.body, *denoiser.weights, *denoiser.ops, carried).at("out")));
}

TEST(Hoist, BodyNoLongerReadsTheInvariantInputs) {
  const nn::Network denoiser = testing::tiny_denoiser();
  const Hoisted prompt = hoist(*denoiser.program, {"encoder_hidden_states"});
  const std::vector<std::string> inputs = prompt.body.input_names();
  EXPECT_EQ(std::ranges::count(inputs, "encoder_hidden_states"), 0);
  EXPECT_EQ(prompt.prologue.input_names(), std::vector<std::string>{"encoder_hidden_states"});
  EXPECT_EQ(prompt.prologue.nodes().size() + prompt.body.nodes().size(),
            denoiser.program->nodes().size());
}

TEST(Hoist, WithoutInvariantInputsNothingMoves) {
  const nn::Network denoiser = testing::tiny_denoiser();
  const Hoisted none = hoist(*denoiser.program, {"no such input"});
  EXPECT_TRUE(none.prologue.nodes().empty());
  EXPECT_EQ(none.body.nodes().size(), denoiser.program->nodes().size());
}

}  // namespace
}  // namespace latentrt::nn
