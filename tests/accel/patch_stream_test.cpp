/// Streams over bands of the picture: with fresh values they equal the stream of one device; stale
/// values are those of the same frame.
#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include "accel/patch_parallel/network.hpp"
#include "accel/registry.hpp"
#include "comm/loopback.hpp"
#include "stream/stream_batch.hpp"
#include "support/expect_error.hpp"
#include "support/golden_unet.hpp"
#include "support/patience.hpp"

namespace latentrt::accel {
namespace {

using pipeline::StreamBatch;
using pipeline::StreamShape;

constexpr std::int64_t kSide = 24, kRowsToOne = 8, kFrames = 6;
constexpr double kGuidance = 1.6;
constexpr StreamGuidance kGuidances[] = {StreamGuidance::none, StreamGuidance::self_negative,
                                         StreamGuidance::onetime_negative, StreamGuidance::full};

const nn::Network& denoiser() {
  static const nn::Network made = testing::golden_unet();
  return made;
}

/// Conditioning [negative, positive], noise of the stages, frames.
struct Fixture {
  at::Tensor text, noise, frames;
};

const Fixture& fixture() {
  static const Fixture made = [] {
    at::manual_seed(5);
    const TensorMap golden = read_tensors(testing::kGolden / "stream/lcm.safetensors");
    return Fixture{at::cat({testing::to_tensor(golden.at("negative")),
                            testing::to_tensor(golden.at("positive"))}),
                   at::randn({6, 4, kSide, kSide}), at::randn({kFrames, 4, kSide, kSide})};
  }();
  return made;
}

StreamShape shape_of(const std::vector<int>& places, StreamGuidance guidance) {
  schedule::Options options;
  options["prediction_type"] = {
      .kind = schedule::Option::Kind::text, .text = "epsilon", .numbers = {}};
  return {.stages = schedule::consistency_stages(options, places), .guidance = guidance};
}

std::shared_ptr<const sampling::Plan> plan_of(const StreamShape& shape,
                                              const std::vector<std::string>& specs) {
  std::vector<AcceleratorChoice> choices;
  for (const std::string& spec : specs) choices.emplace_back(Spec::parse(spec));
  return pipeline::stream_plan(denoiser(), shape, make_accelerators(choices));
}

StreamBatch stream_of(const StreamShape& shape, const std::vector<std::string>& specs) {
  const Fixture& f = fixture();
  const auto plan = plan_of(shape, specs);
  StreamBatch stream(plan, shape, f.noise.narrow(0, 0, std::ssize(shape.stages)));
  stream.set_strength(kGuidance, 1);
  stream.set_prompt(sampling::prepare_prompt(*plan, {{"encoder_hidden_states", f.text}}, true),
                    true);
  return stream;
}

at::Tensor frame(std::int64_t i) { return fixture().frames.narrow(0, i, 1); }

/// Results for the frames that come out.
std::vector<at::Tensor> outputs(const StreamShape& shape, const std::vector<std::string>& specs) {
  StreamBatch stream = stream_of(shape, specs);
  std::vector<at::Tensor> made;
  for (std::int64_t i = 0; i < kFrames; ++i)
    if (const at::Tensor out = stream.push(frame(i)); out.defined()) made.push_back(out);
  return made;
}

double error(const at::Tensor& given, const at::Tensor& wanted) {
  return ((given - wanted).abs().max() / wanted.abs().max()).item<double>();
}

void expect_equal(const std::vector<at::Tensor>& given, const std::vector<at::Tensor>& wanted) {
  ASSERT_EQ(given.size(), wanted.size());
  ASSERT_FALSE(wanted.empty());
  for (std::size_t i = 0; i < wanted.size(); ++i)
    EXPECT_LE(error(given[i], wanted[i]), 1e-5) << "frame " << i;
}

TEST(PatchStream, IsTheStreamOfOneDevice) {
  for (const StreamGuidance guidance : kGuidances) {
    const StreamShape shape = shape_of({22, 32, 45}, guidance);
    const auto alone = outputs(shape, {});
    for (const char* ranks : {"1", "2", "3"}) {
      SCOPED_TRACE(static_cast<int>(guidance));
      expect_equal(outputs(shape, {std::string("patch:simulate_ranks=") + ranks}), alone);
    }
  }
}

TEST(PatchStream, GoesWithDeepCache) {
  const std::string cache = "deepcache:interval=2";
  for (const StreamGuidance guidance : kGuidances) {
    const StreamShape shape = shape_of({16, 22, 32, 45}, guidance);
    const auto alone = outputs(shape, {cache});
    expect_equal(outputs(shape, {cache, "patch:simulate_ranks=2"}), alone);
    expect_equal(outputs(shape, {cache, "patch:mode=sync,simulate_ranks=3"}), alone);
    EXPECT_GT(error(outputs(shape, {})[0], alone[0]), 1e-4);
  }
}

/// One frame through all stages on its own, on ranks that have only its values from the previous
/// stage.
at::Tensor one_by_one(const StreamShape& shape, int ranks, const PatchOptions& options,
                      const at::Tensor& picture) {
  const Fixture& f = fixture();
  const nn::Network& d = denoiser();
  const bool guided = shape.guidance == StreamGuidance::full;
  const at::Tensor text = guided ? f.text : f.text.narrow(0, 1, 1);
  at::Tensor result;
  comm::run_loopback(ranks, testing::kPatience, [&](comm::Communicator& rank) {
    PatchedNetwork network(d.ops, rank, Bands::even(kSide, kRowsToOne, ranks), options);
    at::Tensor denoised = picture;
    for (std::size_t i = 0; i < shape.stages.size(); ++i) {
      const auto& stage = shape.stages[i];
      const at::Tensor z = f.noise.narrow(0, static_cast<std::int64_t>(i), 1);
      const at::Tensor x = stage.signal * denoised + stage.noise * z;
      const at::Tensor rows = x.repeat({text.size(0), 1, 1, 1});
      const at::Tensor times =
          at::full({text.size(0)}, stage.timestep, at::TensorOptions(at::kFloat));
      const at::Tensor out =
          network
              .run(*d.program, *d.weights,
                   {{"sample", rows}, {"timestep", times}, {"encoder_hidden_states", text}})
              .at("out");
      const at::Tensor estimates = stage.estimate.sample * rows + stage.estimate.output * out;
      const at::Tensor negative = estimates.narrow(0, 0, 1);
      const at::Tensor clean =
          guided ? negative + kGuidance * (estimates.narrow(0, 1, 1) - negative) : negative;
      denoised = stage.boundary.out * clean + stage.boundary.skip * x;
    }
    if (rank.rank() == 0) result = denoised;
  });
  return result;
}

struct Stale {
  StreamGuidance guidance;
  std::string spec;
  PatchOptions options;
};

TEST(PatchStream, StaleValuesGoOnWithTheirFrame) {
  constexpr auto kNone = StreamGuidance::none, kFull = StreamGuidance::full;
  const Stale cases[] = {
      {kFull, "patch:warmup=0", {.warm_up = 0}},
      {kNone, "patch:warmup=1,moments=stale", {.warm_up = 1, .moments = Moments::stale}},
      {kFull, "patch:mode=pcpp,context=0.5,warmup=0", {.warm_up = 0, .context = 0.5}},
      {kNone, "patch:mode=halo,warmup=0,resync=2", {.warm_up = 0, .resync = 2, .context = 0}}};
  for (const auto& [guidance, spec, options] : cases) {
    SCOPED_TRACE(spec);
    const StreamShape shape = shape_of({16, 22, 32, 45}, guidance);
    const auto fresh = outputs(shape, {}), given = outputs(shape, {spec + ",simulate_ranks=2"});
    ASSERT_EQ(given.size(), fresh.size());
    for (std::size_t i = 0; i < given.size(); ++i) {
      const at::Tensor wanted = one_by_one(shape, 2, options, frame(static_cast<std::int64_t>(i)));
      EXPECT_LE(error(given[i], wanted), 2e-5) << i;
      EXPECT_GT(error(given[i], fresh[i]), 1e-4) << i;
    }
  }
}

TEST(PatchStream, StaleFramesDoNotSeeEachOther) {
  const StreamShape shape = shape_of({16, 22, 32, 45}, StreamGuidance::onetime_negative);
  const std::vector<std::string> specs{"deepcache:interval=2", "patch:warmup=0,simulate_ranks=2"};
  StreamBatch one = stream_of(shape, specs), other = stream_of(shape, specs);
  constexpr std::int64_t kChanged = 2;
  for (std::int64_t i = 0; i < kFrames; ++i) {
    const at::Tensor a = one.push(frame(i)), b = other.push(i == kChanged ? -frame(i) : frame(i));
    if (!a.defined()) continue;
    EXPECT_EQ(at::equal(a, b), i - one.delay() != kChanged) << i;
  }
}

TEST(PatchStream, SaysWhatItDoes) {
  const auto words = [](const std::vector<int>& stages, const std::string& spec) {
    return plan_of(shape_of(stages, StreamGuidance::none), {spec})->explain();
  };
  const auto has = [](const std::string& text, const char* part) {
    return text.find(part) != std::string::npos;
  };
  const std::vector<int> two{32, 45}, six{0, 10, 20, 30, 40, 45};
  for (const char* spec : {"patch:simulate_ranks=2", "patch:mode=sync"}) {
    EXPECT_TRUE(has(words(two, spec), "every value is fresh")) << words(two, spec);
    EXPECT_TRUE(has(words(six, spec), "every value is fresh")) << words(six, spec);
  }
  // As many as the warm-up.
  EXPECT_TRUE(has(words(two, "patch:mode=pcpp"), "every value is fresh"));
  EXPECT_TRUE(has(words(six, "patch:mode=pcpp"), "each stage makes a call of its own"));
  EXPECT_TRUE(has(words(two, "patch:warmup=0,resync=3"), "one call in 3 is fresh again"));
}

}  // namespace
}  // namespace latentrt::accel
