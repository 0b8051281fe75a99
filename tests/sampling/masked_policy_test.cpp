/// What the masked process commits and masks again, step by step, by a scripted denoiser.
#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "nn/program/program_builder.hpp"
#include "sampling/masked/masked.hpp"
#include "sampling/plan.hpp"
#include "sampling/run.hpp"
#include "support/each_call_ops.hpp"
#include "support/expect_error.hpp"

namespace latentrt::sampling {
namespace {

using Ids = std::vector<std::int64_t>;

constexpr std::int64_t kVocabulary = 8, kMask = 7, kPrompt = 0;

/// A prediction, and its probability.
struct Said {
  std::int64_t id;
  double confidence;
};
/// Of one call: for every token.
using Line = std::vector<Said>;

/// Says line after line, whatever it reads.
class Script final : public testing::EachCallOps {
 public:
  explicit Script(std::vector<Line> lines) : lines_(std::move(lines)) {}

  at::Tensor compute(const nn::OpCall& call) const override {
    const Line& line = lines_.at(call_++);
    const at::Tensor places = call.src(1);
    std::vector<at::Tensor> rows;
    for (std::int64_t k = 0; k < places.size(1); ++k) {
      const Said& said = line.at(static_cast<std::size_t>(places[0][k].item<std::int64_t>()));
      const double other = (1 - said.confidence) / static_cast<double>(kVocabulary - 1);
      at::Tensor row = at::full({kVocabulary}, std::log(other));
      row[said.id] = std::log(said.confidence);
      rows.push_back(row);
    }
    return at::stack(rows).unsqueeze(0);
  }

 private:
  std::vector<Line> lines_;
  mutable std::size_t call_ = 0;
};

nn::Network denoiser(std::vector<Line> lines) {
  nn::ProgramBuilder b;
  const auto input = [&](const char* name) {
    return b.input(name, {.dims = {nn::Symbol::rows, nn::Symbol::tokens},
                          .type = nn::ElementType::int64,
                          .changes = nn::Changes::per_call,
                          .limit = 1});
  };
  const nn::ValueId ids = input("input_ids"), indices = input("logit_indices");
  b.output(b.apply("script", nn::Add{}, {ids, indices}), "logits");
  auto program = std::make_shared<const nn::Program>(std::move(b).build());
  auto weights = std::make_shared<const nn::BoundWeights>(nn::random_weights(*program, 1, {}));
  return {program, weights, std::make_shared<const Script>(std::move(lines))};
}

MaskedOptions options(Blocks blocks, const std::string& policy) {
  return {.blocks = blocks,
          .prediction = {.mask_id = kMask},
          .policy = all_policies().make(Spec::parse(policy))};
}

/// The ids after each step, of an answer after a prompt of one token.
std::vector<Ids> trace(std::vector<Line> lines, MaskedOptions options) {
  const std::int64_t length = options.blocks.gen_length + 1;
  SessionState session(make_plan(denoiser(std::move(lines)),
                                 std::make_shared<const Masked>(std::move(options)), {}, {}));
  session.begin({1});
  at::Tensor ids = at::full({1, length}, kMask, at::TensorOptions(at::kLong));
  ids[0][0] = kPrompt;
  session.state["ids"] = ids;
  session.state["padding"] = at::zeros({1}, at::TensorOptions(at::kLong));
  std::vector<Ids> made;
  run_steps(session, {}, [&](const Progress&) {
    const at::Tensor row = session.state.at("ids")[0];
    made.emplace_back(row.const_data_ptr<std::int64_t>() + 1,
                      row.const_data_ptr<std::int64_t>() + length);
  });
  return made;
}

constexpr Said kPromptSaid{0, 0.5};

/// The first token is predicted badly at first, and it is committed in spite of it.
const std::vector<Line> kLateInsight{{kPromptSaid, {1, 0.40}, {2, 0.30}, {3, 0.20}},
                                     {kPromptSaid, {4, 0.95}, {5, 0.90}, {6, 0.35}},
                                     {kPromptSaid, {4, 0.97}, {5, 0.96}, {6, 0.80}}};

TEST(MaskedPolicy, LowConfidenceKeepsWhatItCommitted) {
  EXPECT_EQ(trace(kLateInsight, options({3, 3, 3}, "low_confidence")),
            (std::vector<Ids>{{1, kMask, kMask}, {1, 5, kMask}, {1, 5, 6}}));
}

/// After the first step all but the best are masked again; after the second one the weak first
/// token is, since its confidence is now the lowest of all.
TEST(MaskedPolicy, RcrMasksAWeakTokenAgain) {
  const std::vector<Line> lines{{kPromptSaid, {1, 0.40}, {2, 0.30}, {3, 0.20}},
                                {kPromptSaid, {4, 0.95}, {5, 0.90}, {6, 0.85}},
                                {kPromptSaid, {4, 0.97}, {5, 0.96}, {6, 0.80}}};
  EXPECT_EQ(trace(lines, options({3, 3, 3}, "rcr")),
            (std::vector<Ids>{{1, kMask, kMask}, {kMask, 5, 6}, {4, 5, 6}}));
}

/// The second token's confidence drops: the last one is its lowest, the first one its highest.
TEST(MaskedPolicy, RcrRemembersTheLatestOrTheHighestConfidence) {
  const std::vector<Line> lines{{kPromptSaid, {1, 0.90}, {2, 0.80}, {3, 0.20}},
                                {kPromptSaid, {1, 0.90}, {4, 0.30}, {5, 0.50}},
                                {kPromptSaid, {6, 0.99}, {6, 0.99}, {6, 0.99}}};
  EXPECT_EQ(trace(lines, options({3, 3, 3}, "rcr")),
            (std::vector<Ids>{{1, kMask, kMask}, {1, kMask, 5}, {1, 6, 5}}));
  EXPECT_EQ(trace(lines, options({3, 3, 3}, "rcr:mode=max")),
            (std::vector<Ids>{{1, kMask, kMask}, {1, 4, kMask}, {1, 4, 6}}));
}

/// A token of the first block is the least sure one of all when the second block is filled.
TEST(MaskedPolicy, RcrEditsFinishedBlocksOnlyWhereItsScopeIsGlobal) {
  const Said none{0, 0.01};
  const std::vector<Line> lines{{kPromptSaid, {1, 0.90}, {2, 0.30}, none, none},
                                {kPromptSaid, {1, 0.90}, {2, 0.35}, none, none},
                                {kPromptSaid, none, none, {3, 0.80}, {4, 0.60}},
                                {kPromptSaid, none, {5, 0.90}, {3, 0.80}, {6, 0.90}}};
  EXPECT_EQ(trace(lines, options({4, 2, 4}, "rcr")),
            (std::vector<Ids>{
                {1, kMask, kMask, kMask}, {1, 2, kMask, kMask}, {1, kMask, 3, 4}, {1, 5, 3, 4}}));
  EXPECT_EQ(trace(lines, options({4, 2, 4}, "rcr:scope=block")),
            (std::vector<Ids>{
                {1, kMask, kMask, kMask}, {1, 2, kMask, kMask}, {1, 2, 3, kMask}, {1, 2, 3, 6}}));
}

TEST(MaskedPolicy, ThresholdCommitsAllThatAreSureAndAtLeastOne) {
  const std::vector<Line> lines{{kPromptSaid, {1, 0.95}, {2, 0.50}, {3, 0.92}, {4, 0.20}},
                                {kPromptSaid, {1, 0.95}, {5, 0.50}, {3, 0.92}, {4, 0.20}},
                                {kPromptSaid, {1, 0.95}, {5, 0.50}, {3, 0.92}, {6, 0.20}}};
  EXPECT_EQ(trace(lines, options({4, 4, 4}, "threshold")),
            (std::vector<Ids>{{1, kMask, 3, kMask}, {1, 5, 3, kMask}, {1, 5, 3, 6}}));
}

/// n = 2 needs 1 - f/3 = 2/3, n = 3 needs 3/4, n = 4 needs 4/5.
TEST(MaskedPolicy, FactorNeedsMoreConfidenceForMoreTokens) {
  const Line line{kPromptSaid, {1, 0.70}, {2, 0.90}, {3, 0.76}, {4, 0.79}};
  EXPECT_EQ(trace({line, line}, options({4, 4, 4}, "factor")),
            (std::vector<Ids>{{kMask, 2, 3, 4}, {1, 2, 3, 4}}));
  EXPECT_EQ(trace({line}, options({4, 4, 4}, "factor:off_by_one=true")),
            (std::vector<Ids>{{1, 2, 3, 4}}));
}

TEST(MaskedPolicy, AsManyStayMaskedAsLaterStepsCommit) {
  Line line{kPromptSaid};
  for (std::int64_t i = 0; i < 24; ++i)
    line.push_back({1 + i % 6, 0.2 + 0.7 * std::fabs(std::sin(static_cast<double>(i)))});
  const std::vector<Line> lines(24, line);
  for (const char* policy : {"low_confidence", "random", "rcr", "rcr:scope=block,mode=max",
                             "rcr:schedule=cosine", "rcr:schedule=pow2"}) {
    for (const Blocks blocks : {Blocks{24, 24, 7}, Blocks{24, 24, 24}, Blocks{24, 6, 16}}) {
      const MaskedOptions with = options(blocks, policy);
      const std::vector<std::int64_t> counts =
          transfer_counts(with.policy->schedule(), blocks.block_length, blocks.steps_per_block());
      std::int64_t left = blocks.gen_length;
      std::size_t step = 0;
      for (const Ids& ids : trace(lines, with)) {
        left -= counts[step++ % counts.size()];
        EXPECT_EQ(std::ranges::count(ids, kMask), left) << policy << " step " << step;
      }
      EXPECT_EQ(left, 0);
    }
  }
}

TEST(MaskedPolicy, UnknownNamesKeysAndSchedulesAreRefused) {
  const PolicyTable table = all_policies();
  EXPECT_ERROR(Code::invalid_argument, "unknown policy", table.make(Spec::parse("greedy")));
  EXPECT_ERROR(Code::invalid_argument, "rcr", table.make(Spec::parse("rcr:taus=1")));
  EXPECT_ERROR(Code::invalid_argument, "tau", table.make(Spec::parse("threshold:tau=2")));
  EXPECT_ERROR(Code::invalid_argument, "schedule \"pow\" is none of",
               Masked(options({4, 4, 4}, "rcr:schedule=pow")));
  EXPECT_ERROR(Code::invalid_argument, "is not a multiple of blocks of 5",
               Masked(options({12, 5, 4}, "rcr")));
  EXPECT_ERROR(Code::invalid_argument, "4 steps are not divisible by 3 blocks",
               Masked(options({12, 4, 4}, "threshold")));
}

TEST(TransferCounts, AreThoseOfThePapers) {
  EXPECT_EQ(transfer_counts("llada", 10, 4), (Ids{3, 3, 2, 2}));
  EXPECT_EQ(transfer_counts("linear", 10, 4), (Ids{3, 2, 3, 2}));
  EXPECT_EQ(transfer_counts("pow2", 16, 4), (Ids{1, 3, 5, 7}));
}

TEST(TransferCounts, AddUpToAllTokens) {
  for (const char* schedule : {"llada", "linear", "cosine", "pow2", "pow0.5", "log", "exp"})
    for (std::int64_t masks = 1; masks <= 512; ++masks)
      for (std::int64_t steps = 1; steps <= 128; ++steps) {
        const Ids counts = transfer_counts(schedule, masks, steps);
        ASSERT_EQ(std::accumulate(counts.begin(), counts.end(), std::int64_t{0}), masks)
            << schedule << " " << masks << " " << steps;
        ASSERT_GE(std::ranges::min(counts), 0) << schedule << " " << masks << " " << steps;
      }
}

/// 20,000 draws of each of 5 tokens: chi-square with 4 degrees of freedom is below 18.5 in 99.9% of
/// all cases.
TEST(Predict, DrawsTokensWithTheirProbabilities) {
  constexpr std::int64_t kDraws = 20000;
  const at::Tensor logits = at::tensor({0.3, -1.0, 1.2, 0.0, -2.0}).expand({kDraws, 5});
  PhiloxNoise noise({7});
  std::vector<std::int64_t> all(kDraws);
  std::iota(all.begin(), all.end(), 0);
  for (const double temperature : {0.5, 1.0, 2.0}) {
    const Predictions made = predict(
        logits, {.mask_id = -1, .temperature = temperature},
        [&] { return noise.draw_uniform({.rows = kDraws, .columns = 5, .wanted = all}, {}); }, {});
    const at::Tensor wanted = at::softmax(logits[0].to(at::kDouble) / temperature, 0) * kDraws;
    const at::Tensor counted = at::bincount(made.ids, {}, 5).to(at::kDouble);
    EXPECT_LT(((counted - wanted).square() / wanted).sum().item<double>(), 18.5) << temperature;
  }
}

TEST(Predict, KeepsTheMostLikelyTokens) {
  const at::Tensor logits = at::tensor({0.5, 0.3, 0.15, 0.05}).log();
  const auto kept = [&](int top_k, double top_p) {
    return filtered(logits, top_k, top_p).isfinite().sum().item<std::int64_t>();
  };
  EXPECT_EQ(kept(0, 1), 4);
  EXPECT_EQ(kept(3, 1), 3);
  EXPECT_EQ(kept(0, 0.9), 3);
  EXPECT_EQ(kept(0, 0.4), 1);
  EXPECT_EQ(kept(0, 0), 1);
  EXPECT_EQ(kept(2, 0.9), 2);
}

TEST(Predict, NeverPredictsTheMaskAndRefusesNaN) {
  at::Tensor logits = at::tensor({1.0, 2.0, 9.0});
  EXPECT_EQ(predict(logits, {.mask_id = 2}, {}, {}).ids.item<std::int64_t>(), 1);
  logits[0] = std::nan("");
  EXPECT_ERROR(Code::non_finite, "the logits hold NaN", predict(logits, {.mask_id = 2}, {}, {}));
}

}  // namespace
}  // namespace latentrt::sampling
