/// The core supports processes other than Gaussian noise: here tokens are unmasked, the most
/// confident first, with a scripted denoiser.
#include <ATen/TensorOperators.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include "nn/program/program_builder.hpp"
#include "sampling/run.hpp"
#include "support/each_call_ops.hpp"

namespace latentrt::sampling {
namespace {

constexpr std::int64_t kBatch = 2, kTokens = 12, kVocabulary = 7, kMask = 6, kPerCall = 4;

std::int64_t token_at(std::int64_t row, std::int64_t position) {
  return (row + 5 * position + 1) % kMask;
}

/// Predicts every token correctly, with a confidence that increases with its index.
class Script final : public testing::EachCallOps {
 public:
  at::Tensor compute(const nn::OpCall& call) const override {
    EXPECT_EQ(call.src(0).scalar_type(), at::kLong);
    at::Tensor logits = at::zeros({kBatch, kTokens, kVocabulary});
    for (std::int64_t row = 0; row < kBatch; ++row)
      for (std::int64_t i = 0; i < kTokens; ++i)
        logits[row][i][token_at(row, i)] = static_cast<double>(i + 1);
    return logits;
  }
};

nn::Network denoiser() {
  nn::ProgramBuilder b;
  const nn::ValueId ids = b.input("ids", {.dims = {nn::Symbol::rows, nn::Symbol::tokens},
                                          .type = nn::ElementType::int64,
                                          .changes = nn::Changes::per_call,
                                          .limit = kVocabulary});
  b.output(b.embedding("table", ids, kVocabulary, kVocabulary), "logits");
  auto program = std::make_shared<const nn::Program>(std::move(b).build());
  auto weights = std::make_shared<const nn::BoundWeights>(nn::random_weights(*program, 1, {}));
  return {program, weights, std::make_shared<const Script>()};
}

class Unmasking final : public Process {
 public:
  std::size_t calls() const override { return kTokens; }
  bool done(const State& state, std::size_t) const override {
    return !(state.at("ids") == kMask).any().item<bool>();
  }
  double timestep(std::size_t) const override { return 0; }
  double clock(std::size_t call) const override { return static_cast<double>(call); }
  void step_inputs(const Call&, const nn::Network&, nn::NamedTensors&) const override {}
  void state_inputs(const State& state, const Call&, const nn::Network& network,
                    nn::NamedTensors& inputs) const override {
    inputs["ids"] = network.placed("ids", state.at("ids"));
  }
  void advance(State& state, const Call&, const Outputs& outputs, NoiseSource&) const override {
    at::Tensor& ids = state.at("ids");
    const auto [confidence, best] = outputs.conditional.at("logits").max(-1);
    const at::Tensor open = confidence.masked_fill(ids != kMask, -1.0);
    const at::Tensor places = std::get<1>(open.topk(kPerCall, 1));
    ids = ids.scatter(1, places, best.gather(1, places));
  }
  at::Tensor estimate(const State&, const Call&, const Outputs& outputs) const override {
    return std::get<1>(outputs.conditional.at("logits").max(-1));
  }
  std::string describe() const override { return "unmasking\n"; }
};

TEST(Masked, TokensAreUnmaskedToTheEnd) {
  SessionState session(make_plan(denoiser(), std::make_shared<const Unmasking>(), {}, {}));
  session.begin({1});
  session.state["ids"] = at::full({kBatch, kTokens}, kMask, at::TensorOptions(at::kLong));
  std::vector<std::int64_t> masked;
  run_steps(session, {}, [&](const Progress&) {
    masked.push_back((session.state.at("ids") == kMask).sum().item<std::int64_t>());
  });
  EXPECT_EQ(masked, (std::vector<std::int64_t>{16, 8, 0}));
  for (std::int64_t row = 0; row < kBatch; ++row)
    for (std::int64_t i = 0; i < kTokens; ++i)
      EXPECT_EQ(session.state.at("ids")[row][i].item<std::int64_t>(), token_at(row, i));
}

}  // namespace
}  // namespace latentrt::sampling
