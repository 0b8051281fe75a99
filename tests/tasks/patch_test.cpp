/// Pictures of several ranks, simulated on one device.
#include <gtest/gtest.h>

#include <latentrt/patch.hpp>
#include <latentrt/sampler.hpp>

#include <algorithm>
#include <cmath>

#include "support/expect_error.hpp"

namespace latentrt {
namespace {

constexpr int kSide = 128;

const Pipeline& shapes() {
  static const Pipeline pipeline = Pipeline::synthetic(Context::create(), "shapes", 1);
  return pipeline;
}

Result run(const std::vector<std::string>& specs, int side = kSide, double guidance_stop = 1) {
  std::vector<AcceleratorChoice> accelerators;
  for (const std::string& spec : specs) accelerators.emplace_back(Spec::parse(spec));
  const Sampler sampler(shapes(), {.steps = 8, .guidance = {.scale = 2, .stop = guidance_stop}},
                        accelerators);
  return sampler.run({.prompt = "a red circle", .width = side, .height = side});
}

std::vector<float> latents(const std::vector<std::string>& specs, int side = kSide,
                           double guidance_stop = 1) {
  return run(specs, side, guidance_stop).latents.data;
}

double error(const std::vector<float>& a, const std::vector<float>& b) {
  double worst = 0, scale = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    worst = std::max(worst, std::abs(double{a[i]} - b[i]));
    scale = std::max(scale, std::abs(double{b[i]}));
  }
  return worst / scale;
}

TEST(PatchPicture, OfSynchronousRanksIsThatOfOneDevice) {
  const auto alone = latents({});
  for (const char* ranks : {"1", "2", "3", "4"}) {
    EXPECT_LE(error(latents({std::string("patch:mode=sync,simulate_ranks=") + ranks}), alone), 1e-4)
        << ranks;
  }
}

/// The decoder always uses fresh values: the same latents give the same pixels.
TEST(PatchPicture, IsDecodedInBands) {
  const auto images = [](const std::string& spec, const VaeOptions& vae) {
    const Sampler sampler(shapes(), {.steps = 2}, {Spec::parse("patch:mode=sync," + spec)});
    return sampler
        .run({.prompt = "a red circle", .width = kSide, .height = kSide, .batch = 2, .vae = vae})
        .images;
  };
  const auto alone = images("simulate_ranks=1", {});
  for (const VaeOptions& vae : {VaeOptions{}, VaeOptions{.slicing = true}}) {
    const auto together = images("simulate_ranks=3", vae);
    ASSERT_EQ(together.size(), alone.size());
    for (std::size_t i = 0; i < alone.size(); ++i) {
      for (std::size_t k = 0; k < alone[i].pixels.size(); ++k)
        ASSERT_NEAR(together[i].pixels[k], alone[i].pixels[k], 1) << k;
    }
  }
}

TEST(PatchPicture, OfStaleRanksIsAnother) {
  const auto alone = latents({});
  const auto stale = latents({"patch:mode=distrifusion,warmup=1,simulate_ranks=4"});
  EXPECT_GT(error(stale, alone), 1e-4);
  EXPECT_EQ(stale, latents({"patch:mode=distrifusion,warmup=1,simulate_ranks=4"}));
  EXPECT_EQ(stale, latents({"patch:mode=pcpp,context=3,warmup=1,simulate_ranks=4"}));
  EXPECT_NE(stale, latents({"patch:mode=pcpp,context=0.3,warmup=1,simulate_ranks=4"}));
}

/// Then a call has half as many rows as the one before.
TEST(PatchPicture, GoesOnWhereGuidanceEnds) {
  const auto alone = latents({}, kSide, 0.5);
  EXPECT_LE(error(latents({"patch:mode=sync,simulate_ranks=2"}, kSide, 0.5), alone), 1e-4);
  const auto stale = latents({"patch:warmup=0,simulate_ranks=2"}, kSide, 0.5);
  EXPECT_LT(error(stale, alone), error(stale, latents({})));
}

/// The released code differs only where expected: in the last digits, and in stale windows.
TEST(PatchPicture, OfTheReleasedCodeIsNearby) {
  const auto alone = latents({});
  const double mistake =
      error(latents({"patch:mode=sync,simulate_ranks=4,compat=released"}), alone);
  EXPECT_GT(mistake, 1e-4);
  EXPECT_LT(mistake, 0.1);
  EXPECT_NE(latents({"patch:mode=pcpp,warmup=1,simulate_ranks=4,compat=released"}),
            latents({"patch:mode=pcpp,warmup=1,simulate_ranks=4"}));
  EXPECT_ERROR(Code::invalid_argument, "no context above 1",
               latents({"patch:mode=pcpp,context=2,compat=released"}));
}

TEST(PatchPicture, OfNaivePatchesIsFarOff) {
  const auto alone = latents({});
  EXPECT_GT(error(latents({"patch:mode=naive,simulate_ranks=4"}), alone),
            error(latents({"patch:warmup=1,simulate_ranks=4"}), alone));
}

TEST(PatchPicture, GoesWithDeepCache) {
  const std::string cache = "deepcache:interval=3";
  const auto alone = latents({cache});
  EXPECT_LE(error(latents({cache, "patch:mode=sync,simulate_ranks=2"}), alone), 1e-4);
  EXPECT_GT(error(latents({cache, "patch:warmup=1,simulate_ranks=2"}), alone), 1e-4);
  EXPECT_GT(error(alone, latents({})), 1e-4);
}

/// The halves of guidance are independent: 4 ranks in two groups give the result of 2.
TEST(PatchPicture, OfGroupsIsThatOfOneGroup) {
  for (const std::string more :
       {"patch:mode=sync,", "patch:warmup=1,", "patch:mode=pcpp,context=0.5,warmup=0,"}) {
    for (const double guidance_stop : {1.0, 0.5}) {
      const auto of_two = latents({more + "simulate_ranks=2"}, kSide, guidance_stop);
      const auto of_four = latents({more + "simulate_ranks=4,cfg_split=on"}, kSide, guidance_stop);
      EXPECT_LE(error(of_four, of_two), 1e-4) << more << guidance_stop;
    }
  }
  const std::string cache = "deepcache:interval=3";
  EXPECT_LE(error(latents({cache, "patch:simulate_ranks=2,cfg_split=auto"}), latents({cache})),
            1e-4);
}

/// Sum of 8 calls with 2 rows each.
TEST(PatchReport, HoldsTheBytesOfTheFormulas) {
  const auto traffic = [](const char* way, int ranks) {
    const PatchCall call{.width = kSide, .height = kSide, .rows = 2, .ranks = ranks};
    RankMachine machine;
    machine.flops_per_s = 1e9;
    return predict_patch_step(shapes(), call, machine, Spec::parse(way)).traffic;
  };
  for (const int ranks : {2, 4}) {
    const auto spec =
        "patch:mode=pcpp,context=0.5,warmup=1,simulate_ranks=" + std::to_string(ranks);
    const Exchanges report = run({spec}).exchanges;
    EXPECT_EQ(report.calls.sync, 2U);
    EXPECT_EQ(report.calls.first_async, 1U);
    EXPECT_EQ(report.calls.steady, 5U);
    ASSERT_EQ(report.ranks.size(), static_cast<std::size_t>(ranks));
    const PatchTraffic fresh = traffic("patch:mode=sync", ranks),
                       stale = traffic("patch:mode=pcpp,context=0.5", ranks);
    const RankExchanges& inner = report.ranks[1];
    EXPECT_EQ(inner.rank, 1);
    EXPECT_EQ(inner.received.halo, 8 * fresh.halo);
    EXPECT_EQ(inner.received.moments, 8 * fresh.moments);
    EXPECT_EQ(inner.received.gather, 8 * fresh.gather);
    EXPECT_EQ(inner.received.attention, 2 * fresh.attention + 6 * stale.attention);
    EXPECT_LE(report.ranks[0].received.halo, inner.received.halo);
  }
  EXPECT_TRUE(run({}).exchanges.ranks.empty());
}

TEST(PatchReport, HoldsTheAgesOfWhatWasUsed) {
  const auto ages = [](const std::vector<std::string>& specs) {
    return run(specs).exchanges.ranks.at(1).ages;
  };
  EXPECT_EQ(ages({"patch:mode=sync,simulate_ranks=2"}).size(), 1U);
  const auto stale = ages({"patch:warmup=1,simulate_ranks=2"});
  ASSERT_EQ(stale.size(), 2U);
  EXPECT_EQ(stale[1], 3 * stale[0]);  // 2 calls and 6
  const auto resync = ages({"patch:warmup=1,resync=3,simulate_ranks=2"});
  EXPECT_EQ(resync[0], resync[1]);  // 4 calls and 4
  // Every third call runs the deep layers: their values are three calls old, the others one.
  const auto cached = ages({"deepcache:interval=3", "patch:warmup=0,simulate_ranks=2"});
  ASSERT_EQ(cached.size(), 4U);
  EXPECT_GT(cached[1], 0U);
  EXPECT_EQ(cached[2], 0U);
  EXPECT_GT(cached[3], 0U);
}

TEST(PatchReport, CountsOnWhereGuidanceEnds) {
  const Exchanges report =
      run({"patch:warmup=0,simulate_ranks=2,cfg_split=on"}, kSide, 0.5).exchanges;
  EXPECT_EQ(report.calls.sync + report.calls.first_async + report.calls.steady, 8U);
  EXPECT_EQ(report.calls.sync, 1U);
}

TEST(PatchPicture, RefusesWhatCannotBe) {
  EXPECT_ERROR(Code::invalid_argument, "not 3, but 2 or 4",
               latents({"patch:simulate_ranks=3,cfg_split=on"}));

  EXPECT_ERROR(Code::invalid_argument, "at most 4 ranks", latents({"patch:simulate_ranks=5"}));
  EXPECT_ERROR(Code::invalid_argument, "the nearest are 8 and 12",
               latents({"patch:simulate_ranks=2"}, 72));
  EXPECT_ERROR(Code::invalid_argument, "option of mode=pcpp", latents({"patch:context=0.5"}));
  EXPECT_ERROR(Code::invalid_argument, "resync", latents({"patch:resync=-1"}));
  EXPECT_ERROR(Code::invalid_argument, "mode", latents({"patch:mode=fast"}));
  EXPECT_ERROR(Code::invalid_argument, "adaptive", latents({"deepcache:adaptive=0.1", "patch"}));
}

}  // namespace
}  // namespace latentrt
