/// Predicted times of a step from measurements of a pipeline, and the measurement of ranks.
#include <gtest/gtest.h>

#include <latentrt/error.hpp>
#include <latentrt/patch.hpp>
#include <numeric>
#include <set>

#include "support/expect_error.hpp"

namespace latentrt {
namespace {

constexpr int kSide = 128, kRows = 2;

class PatchStep : public ::testing::Test {
 protected:
  MeasuredUnet measured(int height) const {
    return {kSide, height, kRows, profile_band(pipeline_, kSide, height, kRows, 1, Ranks::alone())};
  }
  PatchPrediction predict(const PatchCall& call, const RankMachine& machine,
                          const std::string& way = "patch") const {
    return predict_patch_step(pipeline_, call, machine, Spec::parse(way));
  }

  const Pipeline pipeline_ = Pipeline::synthetic(Context::create(), "shapes", 1);
};

TEST_F(PatchStep, OfOneDeviceIsTheSumOfItsNodes) {
  const MeasuredUnet whole = measured(kSide);
  const double sum = std::accumulate(
      whole.nodes.begin(), whole.nodes.end(), 0.0,
      [](double seconds, const NodeProfile& node) { return seconds + node.seconds; });
  const RankMachine machine{.flops_per_s = 0, .measured = {whole}, .link = {}};
  const PatchPrediction step = predict({kSide, kSide, kRows, 1}, machine);
  // Two activations have the same name, and therefore share an entry in a profile.
  EXPECT_NEAR(step.one_device_s, sum, 0.01 * sum);
  EXPECT_EQ(step.step_s, step.one_device_s);
  EXPECT_EQ(step.traffic.total(), 0U);
}

TEST_F(PatchStep, ProfilesTheNodesOfTheWholeNetwork) {
  const auto names = [](const std::vector<NodeProfile>& nodes) {
    std::set<std::string> all;
    for (const NodeProfile& node : nodes) all.insert(node.name);
    return all;
  };
  EXPECT_EQ(names(measured(kSide / 2).nodes),
            names(profile_unet(pipeline_, kSide, kSide / 2, kRows, 1)));
}

TEST_F(PatchStep, TakesTheModelsOwnSizeAndItsDtype) {
  const RankMachine machine{.flops_per_s = 1e9, .measured = {}, .link = {.alpha_s = 1e-6}};
  const PatchPrediction step = predict({.ranks = 2}, machine);
  EXPECT_EQ(step.traffic.total(), predict({kSide, kSide, 1, 2}, machine).traffic.total());
  EXPECT_GT(step.traffic.messages, 3U);
  EXPECT_GT(predict_released_step(pipeline_, {.ranks = 4}, machine).traffic.halo,
            predict({.ranks = 4}, machine).traffic.halo);
}

TEST_F(PatchStep, RefusesWrongNumbers) {
  const RankMachine good{.flops_per_s = 1e9, .measured = {}, .link = {}};
  EXPECT_ERROR(Code::invalid_argument, "ranks 0", predict({.ranks = 0}, good));
  EXPECT_ERROR(Code::invalid_argument, "rows 0", predict({.rows = 0}, good));
  EXPECT_ERROR(Code::invalid_argument, "FLOP/s", predict({}, {}));
  RankMachine machine = good;
  machine.link.alpha_s = -1;
  EXPECT_ERROR(Code::invalid_argument, "alpha", predict({}, machine));
  machine.link = {.alpha_s = 0, .beta_bytes_per_s = 0};
  EXPECT_ERROR(Code::invalid_argument, "beta", predict({}, machine));
  machine.link = {.kappa = 2};
  EXPECT_ERROR(Code::invalid_argument, "kappa", predict({}, machine));
  machine = {.flops_per_s = 0, .measured = {{kSide, kSide, kRows, {}}}, .link = {}};
  EXPECT_ERROR(Code::invalid_argument, "was not measured", predict({}, machine));
}

TEST_F(PatchStep, IsTimedOnRanks) {
  const auto timed = [&](const std::optional<Spec>& patch) {
    return time_unet(pipeline_, kSide, kSide, kRows, 2, Ranks::alone(), patch);
  };
  EXPECT_EQ(timed({}).runs_s.size(), 2U);
  EXPECT_GT(timed(Spec::parse("patch:warmup=0,simulate_ranks=2")).median_s, 0);
  EXPECT_GT(timed(Spec::parse("patch:cfg_split=on,simulate_ranks=2")).median_s, 0);
  EXPECT_ERROR(Code::invalid_argument, "changes nothing", timed(Spec::parse("deepcache")));
  EXPECT_ERROR(Code::invalid_argument, "at most", timed(Spec::parse("patch:simulate_ranks=99")));
  EXPECT_ERROR(Code::invalid_argument, "at least two ranks", measure_link(Ranks::alone(), 1));
}

}  // namespace
}  // namespace latentrt
