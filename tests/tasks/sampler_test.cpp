#include <latentrt/sampler.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <latentrt/error.hpp>
#include <map>
#include <thread>
#include <utility>

namespace latentrt {
namespace {

Pipeline shapes() {
  static const Pipeline pipeline = Pipeline::synthetic(Context::create(), "shapes", 1);
  return pipeline;
}

Request request(std::uint64_t seed = 3) {
  Request request;
  request.prompt = "a prompt";
  request.width = 64;
  request.height = 48;
  request.seed = seed;
  return request;
}

Code code_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.code();
  }
  ADD_FAILURE() << "nothing was thrown";
  return Code::internal;
}

TEST(Sampler, ImageAndLatentsHaveTheAskedSize) {
  const Result result =
      Sampler(shapes(), {.schedule = {}, .steps = 2, .guidance = {}}).run(request());
  EXPECT_EQ(result.images.at(0).width, 64);
  EXPECT_EQ(result.images.at(0).height, 48);
  EXPECT_EQ(result.latents.shape, (std::vector<std::int64_t>{1, 4, 6, 8}));
  EXPECT_EQ(result.timings.step_s.size(), 2U);
}

TEST(Sampler, ASessionGivesTheBitsOfAFreshOneAfterOtherSizesAndSeeds) {
  const Sampler sampler(shapes(),
                        {.schedule = Spec::parse("dpmpp_2m"), .steps = 4, .guidance = {}});
  const Result fresh = sampler.run(request());
  Session session = sampler.open();
  Request other = request(9);
  other.width = 32;
  other.batch = 2;
  session.run(other);
  EXPECT_EQ(session.run(request()).latents.data, fresh.latents.data);
}

/// With keyed noise a picture equals that of its seed on its own, whatever the solver draws and
/// whatever else is in the batch.
TEST(Sampler, KeyedNoiseDoesNotDependOnTheBatch) {
  const Sampler sampler(shapes(), {.schedule = Spec::parse("euler_a"), .steps = 3, .guidance = {}});
  Request both = request(7);
  both.batch = 2;
  both.noise = NoiseKind::philox;
  const std::vector<float> together = sampler.run(both).latents.data;
  for (std::size_t i = 0; i < 2; ++i) {
    Request one = request(7 + i);
    one.noise = NoiseKind::philox;
    const std::vector<float> alone = sampler.run(one).latents.data;
    for (std::size_t k = 0; k < alone.size(); ++k)
      ASSERT_NEAR(together[i * alone.size() + k], alone[k], 1e-4) << i << ' ' << k;
  }
  EXPECT_NE(sampler.run(request(7)).latents.data,
            std::vector<float>(together.begin(), together.begin() + static_cast<std::ptrdiff_t>(
                                                                        together.size() / 2)));
}

TEST(Sampler, TheLastPreviewIsTheFinalPicture) {
  Image last;
  const Sampler sampler(shapes(), {.schedule = Spec::parse("euler"), .steps = 3, .guidance = {}});
  const Result result = sampler.run(request(), [&](const StepEvent& event) {
    EXPECT_EQ(event.steps, 3);
    last = event.preview();
  });
  ASSERT_EQ(last.pixels.size(), result.images[0].pixels.size());
  for (std::size_t i = 0; i < last.pixels.size(); ++i)
    EXPECT_NEAR(last.pixels[i], result.images[0].pixels[i], 1);
}

TEST(Sampler, CancelFromAnotherThreadStopsTheRunAndLeavesTheSessionUsable) {
  const Sampler sampler(shapes(), {.schedule = {}, .steps = 500, .guidance = {}});
  Session session = sampler.open();
  std::atomic<bool> started{false}, asked{false};
  std::thread other([&] {
    while (!started) std::this_thread::yield();
    session.cancel();
    asked = true;
  });
  // On a busy machine the run may be over before the other thread starts, so the last step waits
  // for it.
  const auto on_step = [&](const StepEvent& event) {
    started = true;
    while (event.step == event.steps && !asked) std::this_thread::yield();
  };
  EXPECT_EQ(code_of([&] { session.run(request(), on_step); }), Code::cancelled);
  other.join();
  const Sampler quick(shapes(), {.schedule = {}, .steps = 2, .guidance = {}});
  Session again = quick.open();
  again.cancel();
  EXPECT_EQ(again.run(request()).latents.data, quick.run(request()).latents.data);
}

TEST(Sampler, TwoSessionsInTwoThreadsGiveTheBitsOfOne) {
  const Sampler sampler(shapes(), {.schedule = {}, .steps = 3, .guidance = {}});
  const Result alone = sampler.run(request());
  std::vector<float> results[2];
  std::thread first([&] { results[0] = sampler.run(request()).latents.data; });
  std::thread second([&] { results[1] = sampler.run(request()).latents.data; });
  first.join();
  second.join();
  EXPECT_EQ(results[0], alone.latents.data);
  EXPECT_EQ(results[1], alone.latents.data);
}

/// Each thread makes and runs its own pipeline; DeepCache in one of them keeps its own state.
TEST(Sampler, TwoPipelinesInTwoThreadsGiveTheBitsOfEachAlone) {
  const std::vector<AcceleratorChoice> specs[2] = {{}, {Spec::parse("deepcache:interval=2")}};
  const auto latents = [&](std::size_t i) {
    const Pipeline pipeline = Pipeline::synthetic(Context::create(), "shapes", 7 + i);
    return Sampler(pipeline, {.steps = 3}, specs[i]).run(request()).latents.data;
  };
  const std::vector<float> alone[2] = {latents(0), latents(1)};
  std::vector<float> together[2];
  std::thread first([&] { together[0] = latents(0); });
  std::thread second([&] { together[1] = latents(1); });
  first.join();
  second.join();
  EXPECT_EQ(together[0], alone[0]);
  EXPECT_EQ(together[1], alone[1]);
}

/// The explanation before a run equals the report after it, even if guidance begins or ends in the
/// middle of an interval.
TEST(Sampler, CostsCountTheStepsThatARunReports) {
  for (const auto& [start, stop] : {std::pair(0.0, 1.0), {0.0, 0.5}, {0.3, 0.8}}) {
    for (const char* spec : {"deepcache:interval=3", "deepcache:interval=100"}) {
      const Sampler sampler(shapes(),
                            {.steps = 8, .guidance = {.scale = 3, .start = start, .stop = stop}},
                            {Spec::parse(spec)});
      std::map<std::string, int> said, done;
      for (const VariantCost& cost : sampler.costs(request())) said[cost.name] = cost.steps;
      for (const std::string& name : sampler.run(request()).step_variants) ++done[name];
      EXPECT_EQ(said, done) << spec << ' ' << start << ' ' << stop;
    }
  }
}

TEST(Sampler, WrongRequestsAreRefusedBeforeAnythingRuns) {
  const Sampler sampler(shapes(), {.schedule = {}, .steps = 2, .guidance = {}});
  const auto refused = [&](const Request& wrong) { return code_of([&] { sampler.run(wrong); }); };
  Request wrong = request();
  wrong.width = 60;
  EXPECT_EQ(refused(wrong), Code::invalid_argument);
  wrong = request();
  wrong.batch = 0;
  EXPECT_EQ(refused(wrong), Code::invalid_argument);
  wrong = request();
  wrong.latents = HostTensor{{1, 4, 6, 8}, std::vector<float>(7)};
  EXPECT_EQ(refused(wrong), Code::invalid_argument);
  wrong = request();
  wrong.image = Image{64, 48, {}};
  EXPECT_EQ(refused(wrong), Code::invalid_argument);
  wrong = request();
  wrong.embeddings = Embeddings{{{1, 32, 5}, std::vector<float>(160)}, {}, {}, {}};
  EXPECT_EQ(refused(wrong), Code::invalid_argument);
}

TEST(Sampler, AStructureChecksARequest) {
  PipelineOptions options;
  options.structure_only = true;
  const Pipeline structure = Pipeline::synthetic(Context::create(), "shapes", 1, options);
  const Sampler sampler(structure, {.schedule = {}, .steps = 2, .guidance = {}});
  EXPECT_NO_THROW(sampler.check(request()));
  Request wrong = request();
  wrong.width = 65;
  EXPECT_EQ(code_of([&] { sampler.check(wrong); }), Code::invalid_argument);
}

TEST(Sampler, AStructureExplainsButDoesNotRun) {
  PipelineOptions options;
  options.structure_only = true;
  const Pipeline structure = Pipeline::synthetic(Context::create(), "sdxl", 1, options);
  EXPECT_EQ(structure.info().components.back().name, "vae");
  const Sampler sampler(structure, {.schedule = {}, .steps = 2, .guidance = {}});
  EXPECT_NE(sampler.explain().find("2 network calls"), std::string::npos);
  EXPECT_EQ(code_of([&] { sampler.run(request()); }), Code::invalid_argument);
}

TEST(Sampler, WrongOptionsAreRefused) {
  const auto refused = [](const SamplerOptions& options,
                          const std::vector<AcceleratorChoice>& accelerators = {}) {
    return code_of([&] { Sampler(shapes(), options, accelerators); });
  };
  EXPECT_EQ(refused({.schedule = {}, .steps = 0, .guidance = {}}), Code::invalid_argument);
  EXPECT_EQ(refused({.schedule = {}, .steps = 2, .guidance = {.scale = 1.0 / 0.0}}),
            Code::invalid_argument);
  EXPECT_EQ(refused({.schedule = {}, .steps = 2, .guidance = {}, .strength = 0.5}),
            Code::invalid_argument);
  EXPECT_EQ(refused({.schedule = Spec::parse("magic"), .steps = 2, .guidance = {}}),
            Code::invalid_argument);
  EXPECT_EQ(refused({.schedule = {}, .steps = 2, .guidance = {}}, {Spec::parse("warp:speed=9")}),
            Code::invalid_argument);
}

}  // namespace
}  // namespace latentrt
