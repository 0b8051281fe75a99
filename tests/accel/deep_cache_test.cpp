/// Properties of DeepCache: cuts, masks, state, options.
#include "accel/deep_cache/deep_cache.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <latentrt/cancel.hpp>
#include <latentrt/deep_cache.hpp>
#include <limits>
#include <utility>

#include "accel/registry.hpp"
#include "sampling/plan_builder.hpp"
#include "sampling/run.hpp"
#include "schedule/schedule.hpp"
#include "support/expect_error.hpp"
#include "support/tiny_unet.hpp"

namespace latentrt::accel {
namespace {

constexpr int kCalls = 9, kBranches = 6;

const nn::Network& denoiser() {
  static const nn::Network shared = testing::tiny_denoiser();
  return shared;
}

nn::NamedTensors conditioning(std::int64_t rows) {
  at::Generator generator = sampling::make_generator(5);
  return {{"encoder_hidden_states",
           sampling::draw_noise({rows, 5, testing::kTinyContext}, generator, at::kCPU)}};
}

std::shared_ptr<const sampling::Plan> plan_with(const std::string& spec, double guidance = 3,
                                                const char* solver = "ddim", int calls = kCalls) {
  std::vector<AcceleratorPtr> accelerators;
  if (!spec.empty()) accelerators = make_registry().make(Spec::parse(spec));
  return sampling::make_plan(denoiser(), schedule::make_trajectory(solver, {}, {.steps = calls}),
                             {.scale = guidance}, accelerators);
}

at::Tensor run(sampling::SessionState& session, std::vector<std::int64_t> shape = {1, 4, 8, 8}) {
  session.begin({1});
  session.sample() = session.noise->draw(shape, at::kCPU);
  run_steps(session, conditioning(shape[0] * session.plan->guidance.rows_per_picture()), {});
  return session.sample();
}

at::Tensor run(const std::string& spec, double guidance = 3) {
  sampling::SessionState session(plan_with(spec, guidance));
  return run(session);
}

TEST(DeepCache, IntervalOneIsThePlainRunBitForBit) {
  for (const double guidance : {1.0, 3.0})
    EXPECT_TRUE(at::equal(run("", guidance), run("deepcache:interval=1", guidance)));
}

/// A cut and the rest are the whole network, and a shallow call on unchanged input equals the full
/// call, for every branch.
TEST(DeepCache, AShallowCallOnUnchangedInputIsTheFullCall) {
  const nn::Program& network = *denoiser().program;
  const auto branches = sampling::skip_connections(network);
  ASSERT_EQ(branches.size(), static_cast<std::size_t>(kBranches));
  nn::NamedTensors inputs = conditioning(2);
  at::Generator generator = sampling::make_generator(2);
  inputs["sample"] = sampling::draw_noise({2, 4, 8, 8}, generator, at::kCPU);
  inputs["timestep"] = at::full({2}, 400.0, at::TensorOptions(at::kFloat));
  const at::Tensor whole = nn::run(network, *denoiser().weights, *denoiser().ops, inputs).at("out");
  for (const SkipConnection& branch : branches) {
    const auto full = nn::run(network.extract(network.input_names(), {"out", branch.from_below}),
                              *denoiser().weights, *denoiser().ops, inputs);
    EXPECT_TRUE(at::equal(full.at("out"), whole)) << branch.from_below;
    std::vector<std::string> names = network.input_names();
    names.push_back(branch.from_below);
    nn::NamedTensors given = inputs;
    given[branch.from_below] = full.at(branch.from_below);
    const nn::Program shallow = network.extract(names, {"out"});
    EXPECT_LT(shallow.nodes().size(), network.nodes().size());
    EXPECT_TRUE(
        at::equal(nn::run(shallow, *denoiser().weights, *denoiser().ops, given).at("out"), whole))
        << branch.from_below;
  }
}

TEST(DeepCache, ConsecutiveBranchesDiffer) {
  at::Tensor before = run("");
  for (int branch = 1; branch <= kBranches; ++branch) {
    const at::Tensor now = run(fmt::format("deepcache:interval=3,branch={}", branch));
    EXPECT_FALSE(at::equal(before, now)) << branch;
    before = now;
  }
}

TEST(DeepCache, ABranchHasANumberAndAName) {
  const auto branches = sampling::skip_connections(plan_with("")->variants[0].program);
  EXPECT_TRUE(
      at::equal(run("deepcache:branch=2"), run("deepcache:branch=" + branches[1].from_below)));
}

/// The same skip in every numbering: the second one, that of the first layer.
TEST(DeepCache, NumberingsMeetInThePapers) {
  static_assert(deep_cache::branch_from_helper(1) == 2);
  static_assert(deep_cache::branch_from_pipeline(0, 0) == 2);
  static_assert(deep_cache::branch_from_pipeline(1, 1) == 6);
  static_assert(deep_cache::branch_from_video(0) == 2);
  static_assert(deep_cache::branch_from_ddpm(0) == 2);
}

TEST(DeepCache, TwoRunsOfOneSessionEqualTwoSessions) {
  sampling::SessionState session(plan_with("deepcache:predict=taylor1"));
  const at::Tensor first = run(session).clone();
  EXPECT_TRUE(at::equal(first, run(session)));
  EXPECT_TRUE(at::equal(first, run("deepcache:predict=taylor1")));
}

TEST(DeepCache, SizesAndBatchesInterleavedEqualRunsAlone) {
  sampling::SessionState session(plan_with("deepcache:interval=3"));
  for (const std::vector<std::int64_t>& shape :
       {std::vector<std::int64_t>{1, 4, 8, 8}, {2, 4, 8, 8}, {1, 4, 8, 16}, {1, 4, 8, 8}}) {
    sampling::SessionState alone(plan_with("deepcache:interval=3"));
    EXPECT_TRUE(at::equal(run(session, shape), run(alone, shape)));
  }
}

TEST(DeepCache, ACancelledRunLeavesNothing) {
  sampling::SessionState session(plan_with("deepcache:interval=3"));
  session.begin({9});
  session.sample() = session.noise->draw({1, 4, 8, 8}, at::kCPU);
  {
    CancelFlag cancel;
    const CancelScope scope(cancel);
    EXPECT_ERROR(Code::cancelled, "cancelled",
                 (run_steps(session, conditioning(2),
                            [&](const sampling::Progress& progress) {
                              if (progress.step == 4) cancel.cancel();
                            }),
                  0));
  }
  EXPECT_TRUE(at::equal(run(session), run("deepcache:interval=3")));
}

/// The distance to the plain run, averaged over seeds.
double mean_error(const std::string& spec) {
  constexpr int kSeeds = 8, kManyCalls = 24;
  double sum = 0;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    at::Tensor samples[2];
    for (const bool plain : {true, false}) {
      sampling::SessionState session(plan_with(plain ? "" : spec, 3, "ddim", kManyCalls));
      session.begin({seed});
      session.sample() = session.noise->draw({1, 4, 8, 8}, at::kCPU);
      run_steps(session, conditioning(2), {});
      samples[plain ? 0 : 1] = session.sample();
    }
    sum += (samples[0] - samples[1]).norm().item<double>() / samples[0].norm().item<double>();
  }
  return sum / kSeeds;
}

TEST(DeepCache, DeeperBranchesAndShorterIntervalsAreCloser) {
  EXPECT_LT(mean_error("deepcache:interval=3,branch=6"),
            mean_error("deepcache:interval=3,branch=1"));
  EXPECT_LT(mean_error("deepcache:interval=2"), mean_error("deepcache:interval=6"));
}

/// In many small steps the kept feature changes almost linearly, which the forecast assumes.
TEST(DeepCache, ForecastsAreCloserThanReuseOnSmoothPaths) {
  EXPECT_LT(mean_error("deepcache:interval=3,predict=taylor1"), mean_error("deepcache:interval=3"));
}

std::string map_of(const sampling::SessionState& session) {
  std::string map;
  for (const VariantId id : session.decisions)
    map += session.plan->variants[id].loads.empty() ? 'F' : 's';
  return map;
}

TEST(DeepCache, RecordsWhatItDid) {
  sampling::SessionState session(plan_with("deepcache:schedule=list,refresh=4/7,tail=1"));
  run(session);
  EXPECT_EQ(map_of(session), "FsssFssFF");
  EXPECT_NE(session.plan->explain().find("calls: FsssFssFF"), std::string::npos);
}

TEST(DeepCache, ForecastsDifferFromReuseAndEachOther) {
  const at::Tensor reuse = run("deepcache:interval=3"),
                   first = run("deepcache:interval=3,predict=taylor1"),
                   second = run("deepcache:interval=3,predict=taylor2");
  EXPECT_FALSE(at::equal(reuse, first));
  EXPECT_FALSE(at::equal(first, second));
}

/// Bit for bit the plain run: the cut at the probe does not change the result.
TEST(AdaptiveDeepCache, ThresholdZeroRefreshesAlways) {
  sampling::SessionState session(plan_with("deepcache:adaptive=0,branch=2"));
  EXPECT_TRUE(at::equal(run(session), run("")));
  EXPECT_EQ(map_of(session), std::string(kCalls, 'F'));
}

TEST(AdaptiveDeepCache, AHighThresholdLeavesTheGuards) {
  sampling::SessionState session(plan_with("deepcache:adaptive=1e9,max_age=3,warm_up=3,tail=1"));
  run(session);
  EXPECT_EQ(map_of(session), "FFFsssFsF");
}

TEST(AdaptiveDeepCache, ItsDecisionsCanBeReplayedBitForBit) {
  sampling::SessionState session(plan_with("deepcache:adaptive=1,max_age=4,branch=2"));
  const at::Tensor adaptive = run(session);
  const std::string map = map_of(session);
  EXPECT_NE(map.find('s'), std::string::npos) << map;
  EXPECT_NE(map.find('F', 1), std::string::npos) << map;
  std::string refreshes;
  for (std::size_t i = 0; i < map.size(); ++i) {
    if (map[i] == 'F') refreshes += fmt::format("{}{}", refreshes.empty() ? "" : "/", i);
  }
  EXPECT_TRUE(at::equal(adaptive, run("deepcache:schedule=list,branch=2,refresh=" + refreshes)));
}

/// The ratio of changes is not known before two refreshes.
TEST(AdaptiveDeepCache, TheFirstTwoCallsRefresh) {
  sampling::SessionState session(plan_with("deepcache:adaptive=1e9,max_age=100"));
  run(session);
  EXPECT_EQ(map_of(session), "FFsssssss");
}

TEST(AdaptiveDeepCache, ASecondRunRemembersNothing) {
  sampling::SessionState session(plan_with("deepcache:adaptive=1"));
  const at::Tensor first = run(session).clone();
  const std::string map = map_of(session);
  EXPECT_TRUE(at::equal(first, run(session)));
  EXPECT_EQ(map_of(session), map);
}

/// The conditional rows keep their features when the other rows are dropped; new rows have none.
TEST(DeepCache, GuidanceForcesARefreshWhereItBeginsAndNoneWhereItEnds) {
  for (const char* spec : {"deepcache:interval=100", "deepcache:adaptive=1e9,max_age=100"}) {
    sampling::SessionState session(sampling::make_plan(
        denoiser(), schedule::make_trajectory("ddim", {}, {.steps = kCalls}),
        {.scale = 3, .begin = 3, .end = 6}, make_registry().make(Spec::parse(spec))));
    run(session);
    EXPECT_EQ(map_of(session).at(3), 'F') << map_of(session);
    EXPECT_EQ(map_of(session).at(6), 's') << map_of(session);
  }
}

/// What explain() says and costs() counts before a run equals what the run does, even if guidance
/// begins or ends in the middle and a planned shallow call finds no valid slot.
TEST(DeepCache, ThePlanIsWhatARunDoes) {
  constexpr std::size_t kToTheEnd = std::numeric_limits<std::size_t>::max();
  const std::pair<std::size_t, std::size_t> windows[] = {{0, kToTheEnd}, {0, 5}, {2, kToTheEnd},
                                                         {3, 7},         {4, 5}, {6, 6}};
  const char* const specs[] = {"deepcache:interval=2",
                               "deepcache:interval=3,predict=taylor1",
                               "deepcache:interval=100",
                               "deepcache:schedule=list,refresh=5",
                               "deepcache:schedule=quad,interval=3,center=4",
                               "deepcache:interval=4,warm_up=2,tail=2"};
  for (const auto& [begin, end] : windows) {
    for (const char* spec : specs) {
      sampling::SessionState session(sampling::make_plan(
          denoiser(), schedule::make_trajectory("ddim", {}, {.steps = kCalls}),
          {.scale = 3, .begin = begin, .end = end}, make_registry().make(Spec::parse(spec))));
      run(session);
      EXPECT_EQ(session.decisions, session.plan->step_variants) << spec << ' ' << begin;
      EXPECT_NE(session.plan->explain().find("calls: " + map_of(session) + " "), std::string::npos)
          << spec << ' ' << begin << '\n'
          << session.plan->explain();
    }
  }
}

/// The Runge-Kutta start of PNDM: every call counts, four per step.
TEST(DeepCache, CallsOfRungeKuttaStepsAreCountedOneByOne) {
  schedule::Option off{.kind = schedule::Option::Kind::boolean, .text = {}, .numbers = {}};
  sampling::SessionState session(sampling::make_plan(
      denoiser(), schedule::make_trajectory("pndm", {{"skip_prk_steps", off}}, {.steps = kCalls}),
      {.scale = 3, .begin = 0, .end = 8},
      make_registry().make(Spec::parse("deepcache:interval=3"))));
  run(session);
  EXPECT_EQ(map_of(session), "FssFssFssFssFssFss") << "guidance ends before the ninth call";
  EXPECT_EQ(session.decisions, session.plan->step_variants);
}

/// PNDM's second call repeats the first one's timestep, and counts like any other call. (The
/// authors' helper looks the timestep up and treats both as one.)
TEST(DeepCache, CallsOfPndmAreCountedOneByOne) {
  sampling::SessionState session(plan_with("deepcache:interval=2", 3, "pndm"));
  run(session);
  const std::string map = map_of(session);
  EXPECT_EQ(map.size(), static_cast<std::size_t>(kCalls) + 1);
  for (std::size_t call = 0; call < map.size(); ++call)
    EXPECT_EQ(map[call], call % 2 == 0 ? 'F' : 's') << map;
}

TEST(DeepCache, EverySolverRunsUnderIt) {
  for (const std::string& solver : schedule::solver_names()) {
    sampling::SessionState session(
        plan_with("deepcache:interval=3,predict=taylor1", 3, solver.c_str()));
    run(session);
    EXPECT_EQ(map_of(session).substr(0, 4), "FssF") << solver;
  }
}

TEST(DeepCache, FewCallsAreLeftAloneUnlessAsked) {
  const auto shallow_calls = [](const std::string& spec) {
    const auto plan = plan_with(spec, 3, "ddim", 4);
    return std::count_if(plan->step_variants.begin(), plan->step_variants.end(),
                         [&](auto id) { return !plan->variants[id].loads.empty(); });
  };
  EXPECT_EQ(shallow_calls("deepcache:preset=fast"), 0);
  EXPECT_EQ(shallow_calls("deepcache:interval=2"), 2);
}

TEST(DeepCache, IntervalOneIsPlainUnderEverySchedule) {
  EXPECT_TRUE(at::equal(run(""), run("deepcache:interval=1,schedule=quad,center=4")));
  EXPECT_ERROR(Code::invalid_argument, "no power from", quadratic_refresh(kCalls, 1, 4, 1.4));
}

struct Wrong {
  const char *name, *spec, *part;
};

class DeepCacheOption : public ::testing::TestWithParam<Wrong> {};

TEST_P(DeepCacheOption, IsRefusedInWords) {
  EXPECT_ERROR(Code::invalid_argument, GetParam().part, plan_with(GetParam().spec));
}

INSTANTIATE_TEST_SUITE_P(
    Options, DeepCacheOption,
    ::testing::Values(
        Wrong{"IntervalZero", "deepcache:interval=0",
              "interval=\"0\" is not a whole number from 1"},
        Wrong{"IntervalNan", "deepcache:interval=nan", "interval=\"nan\""},
        Wrong{"BranchZero", "deepcache:branch=0", "branch \"0\" is neither a number from 1 to 6"},
        Wrong{"BranchBeyond", "deepcache:branch=7", "branch \"7\" is neither a number from 1 to 6"},
        Wrong{"BranchName", "deepcache:branch=up.9.in", "\"up.9.in\""},
        Wrong{"Schedule", "deepcache:schedule=cubic", "one of uniform, quad, list"},
        Wrong{"CenterWithoutQuad", "deepcache:center=3", "center belongs to schedule=quad"},
        Wrong{"RefreshWithoutList", "deepcache:refresh=3", "refresh belongs to schedule=list"},
        Wrong{"RefreshBeyond", "deepcache:schedule=list,refresh=9", "call 9 is outside 0 to 8"},
        Wrong{"PowerNan", "deepcache:schedule=quad,power=nan", "power=\"nan\""},
        Wrong{"CenterBeyond", "deepcache:schedule=quad,center=5000",
              "center 5000 is outside the 9"},
        Wrong{"AdaptiveNan", "deepcache:adaptive=nan", "adaptive=\"nan\""},
        Wrong{"AdaptiveAndInterval", "deepcache:adaptive=0.1,interval=2", "takes no interval"},
        Wrong{"MaxAgeAlone", "deepcache:max_age=3", "max_age belongs to adaptive"},
        Wrong{"Key", "deepcache:depth=3", "no option \"depth\"; it has adaptive, branch, center"},
        Wrong{"Predict", "deepcache:predict=magic", "one of reuse, taylor1, taylor2"}),
    [](const auto& wrong) { return std::string(wrong.param.name); });

}  // namespace
}  // namespace latentrt::accel
