/// Tokens that the masked process commits and masks again, step by step, with a scripted denoiser.
#include <ATen/TensorOperators.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "support/expect_error.hpp"
#include "support/scripted_answer.hpp"

namespace latentrt::sampling {
namespace {

using Ids = std::vector<std::int64_t>;

using testing::kMask, testing::Line, testing::options, testing::Said, testing::trace;

constexpr Said kPromptSaid{0, 0.5};

/// The first token is predicted wrongly at first, and is committed nevertheless.
const std::vector<Line> kLateInsight{{kPromptSaid, {1, 0.40}, {2, 0.30}, {3, 0.20}},
                                     {kPromptSaid, {4, 0.95}, {5, 0.90}, {6, 0.35}},
                                     {kPromptSaid, {4, 0.97}, {5, 0.96}, {6, 0.80}}};

TEST(MaskedPolicy, LowConfidenceKeepsWhatItCommitted) {
  EXPECT_EQ(trace(kLateInsight, options({3, 3, 3}, "low_confidence")),
            (std::vector<Ids>{{1, kMask, kMask}, {1, 5, kMask}, {1, 5, 6}}));
}

/// After the first step all but the most confident token are masked again; after the second step
/// the weak first token is, because its confidence is now the lowest.
TEST(MaskedPolicy, RcrMasksAWeakTokenAgain) {
  const std::vector<Line> lines{{kPromptSaid, {1, 0.40}, {2, 0.30}, {3, 0.20}},
                                {kPromptSaid, {4, 0.95}, {5, 0.90}, {6, 0.85}},
                                {kPromptSaid, {4, 0.97}, {5, 0.96}, {6, 0.80}}};
  EXPECT_EQ(trace(lines, options({3, 3, 3}, "rcr")),
            (std::vector<Ids>{{1, kMask, kMask}, {kMask, 5, 6}, {4, 5, 6}}));
}

/// The second token's confidence drops: its latest confidence is the lowest of all tokens, its
/// highest is the one of its first prediction.
TEST(MaskedPolicy, RcrRemembersTheLatestOrTheHighestConfidence) {
  const std::vector<Line> lines{{kPromptSaid, {1, 0.90}, {2, 0.80}, {3, 0.20}},
                                {kPromptSaid, {1, 0.90}, {4, 0.30}, {5, 0.50}},
                                {kPromptSaid, {6, 0.99}, {6, 0.99}, {6, 0.99}}};
  EXPECT_EQ(trace(lines, options({3, 3, 3}, "rcr")),
            (std::vector<Ids>{{1, kMask, kMask}, {1, kMask, 5}, {1, 6, 5}}));
  EXPECT_EQ(trace(lines, options({3, 3, 3}, "rcr:mode=max")),
            (std::vector<Ids>{{1, kMask, kMask}, {1, 4, kMask}, {1, 4, 6}}));
}

/// When the second block is filled, a token of the first block has the lowest confidence of all.
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

/// The entropies are 0.075, 0.296, 0.520 and 1.666 nats; the bound applies to the sum of all but
/// the last one.
TEST(MaskedPolicy, EntropyBoundCommitsWhatIsNearlyIndependent) {
  const Line line{kPromptSaid, {1, 0.99}, {2, 0.50}, {3, 0.95}, {4, 0.90}};
  const std::vector<Line> lines(4, line);
  const Ids first{1, kMask, kMask, kMask}, two{1, kMask, 3, kMask}, three{1, kMask, 3, 4},
      all{1, 2, 3, 4};
  const auto steps = [&](const char* gamma) {
    return trace(lines, options({4, 4, 4}, std::string("entropy_bound:gamma=") + gamma));
  };
  EXPECT_EQ(steps("0"), (std::vector<Ids>{first, two, three, all}));
  EXPECT_EQ(steps("0.1"), (std::vector<Ids>{two, three, all}));
  EXPECT_EQ(steps("0.4"), (std::vector<Ids>{three, all}));
  EXPECT_EQ(steps("0.9"), (std::vector<Ids>{all}));
}

TEST(MaskedPolicy, RandomIsAConfidenceToo) {
  Line line{kPromptSaid};
  for (std::int64_t i = 0; i < 12; ++i) line.push_back({1 + i % 6, 0.5});
  const std::vector<Line> lines(12, line);
  EXPECT_EQ(trace(lines, options({12, 12, 12}, "low_confidence:confidence=random")),
            trace(lines, options({12, 12, 12}, "random")));
  EXPECT_NE(trace(lines, options({12, 12, 12}, "low_confidence")),
            trace(lines, options({12, 12, 12}, "random")));
}

TEST(MaskedPolicy, AsManyStayMaskedAsLaterStepsCommit) {
  Line line{kPromptSaid};
  for (std::int64_t i = 0; i < 24; ++i)
    line.push_back({1 + i % 6, 0.2 + 0.7 * std::fabs(std::sin(static_cast<double>(i)))});
  const std::vector<Line> lines(24, line);
  for (const char* policy :
       {"low_confidence", "low_confidence:schedule=linear,tempered=true",
        "low_confidence:schedule=exp", "random", "random:schedule=cosine", "rcr",
        "rcr:scope=block,mode=max", "rcr:schedule=cosine", "rcr:schedule=pow2",
        "rcr:schedule=log,confidence=random", "rcr:schedule=llada,confidence=entropy"}) {
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

/// 20,000 draws from a distribution over 5 tokens: the chi-square statistic with 4 degrees of
/// freedom is below 18.5 in 99.9% of all cases.
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
