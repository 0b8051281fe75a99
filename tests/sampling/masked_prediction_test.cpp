/// Predictions of each call, if a run keeps them.
#include <gtest/gtest.h>

#include "support/scripted_answer.hpp"

namespace latentrt::sampling {
namespace {

using testing::answer_in, testing::kMask, testing::kPrompt, testing::Line, testing::Script;
using Ids = std::vector<std::int64_t>;
using Numbers = std::vector<double>;

/// Scripted predictions for an answer of two blocks of two tokens.
const std::vector<Line> kLines{
    {{kPrompt, 0.5}, {1, 0.75}, {2, 0.625}, {3, 0.875}, {4, 0.5}},
    {{kPrompt, 0.5}, {5, 0.25}, {6, 0.375}, {1, 0.5}, {2, 0.625}},
    {{kPrompt, 0.5}, {5, 0.25}, {5, 0.25}, {4, 0.5}, {3, 0.625}},
    {{kPrompt, 0.5}, {5, 0.25}, {5, 0.25}, {6, 0.75}, {5, 0.25}},
};

struct Seen {
  std::vector<Ids> ids, predicted;
  std::vector<Numbers> confidence;
  std::vector<std::int64_t> heads;
};

Seen seen(const char* policy, bool predictions) {
  const auto script = std::make_shared<const Script>(kLines);
  Seen all;
  testing::run_script(script, testing::options({4, 2, 4}, policy), predictions,
                      [&](const State& state) {
                        all.ids.push_back(answer_in<std::int64_t>(state.at("ids")));
                        if (!state.contains(kPredicted)) return;
                        all.predicted.push_back(answer_in<std::int64_t>(state.at(kPredicted)));
                        all.confidence.push_back(answer_in<double>(state.at(kConfidence)));
                      });
  all.heads = script->heads;
  return all;
}

void expect_near(const std::vector<Numbers>& made, const std::vector<Numbers>& wanted) {
  ASSERT_EQ(made.size(), wanted.size());
  for (std::size_t step = 0; step < made.size(); ++step)
    for (std::size_t i = 0; i < made[step].size(); ++i)
      EXPECT_NEAR(made[step][i], wanted[step][i], 1e-6) << "step " << step << " token " << i;
}

TEST(MaskedPrediction, EveryMaskIsFilledInAlsoThoseOfLaterBlocks) {
  const Seen all = seen("low_confidence", true);
  EXPECT_EQ(all.ids,
            (std::vector<Ids>{
                {1, kMask, kMask, kMask}, {1, 6, kMask, kMask}, {1, 6, kMask, 3}, {1, 6, 6, 3}}));
  EXPECT_EQ(all.predicted,
            (std::vector<Ids>{{1, 2, 3, 4}, {1, 6, 1, 2}, {1, 6, 4, 3}, {1, 6, 6, 3}}));
  expect_near(
      all.confidence,
      {{0.75, 0.625, 0.875, 0.5}, {0, 0.375, 0.5, 0.625}, {0, 0, 0.5, 0.625}, {0, 0, 0.75, 0}});
}

/// The state keeps the prediction made before tokens are masked again.
TEST(MaskedPrediction, IsThatBeforeTokensAreMaskedAgain) {
  const Seen all = seen("rcr", true);
  EXPECT_EQ(all.predicted[0], (Ids{1, 2, 3, 4}));
  EXPECT_EQ(all.ids[0], (Ids{1, kMask, kMask, kMask}));
}

TEST(MaskedPrediction, CostsTheHeadOfAllMasksOnlyWhereItIsKept) {
  for (const char* policy : {"low_confidence", "rcr", "rcr:scope=block", "threshold", "factor"}) {
    const Seen with = seen(policy, true), without = seen(policy, false);
    EXPECT_EQ(with.ids, without.ids) << policy;
    EXPECT_TRUE(without.predicted.empty()) << policy;
    EXPECT_EQ(with.heads[0], 4) << policy;
    EXPECT_EQ(without.heads[0], 2) << policy;
  }
}

}  // namespace
}  // namespace latentrt::sampling
