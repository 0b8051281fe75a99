/// The alpha-beta model of a step: compared with a calculation by hand for a network of seven
/// nodes, and at its limits for a UNet.
#include "estimate/patch/patch_prediction.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "nn/program/program_builder.hpp"
#include "support/expect_error.hpp"
#include "support/tiny_unet.hpp"

namespace latentrt::accel {
namespace {

const std::vector<std::string> kWays{
    "patch:mode=sync", "patch:mode=distrifusion", "patch:mode=pcpp,context=0.3",
    "patch:mode=halo", "patch:mode=naive",        "patch:moments=sync"};

/// 4 rows of 2 pixels, of 4 channels inside.
nn::Program small_network() {
  nn::ProgramBuilder b;
  const nn::ValueId x = b.conv2d("conv_in", b.input("sample", nn::picture_input(2)), 2, 4, 3);
  const nn::ValueId normed = b.group_norm("norm", x, 4, {.groups = 2});
  const nn::ValueId tokens = b.apply("tokens", nn::ToTokens{}, {normed});
  const nn::ValueId y = b.apply(
      "attn", nn::Attention{},
      {b.linear("q", tokens, 4, 4), b.linear("k", tokens, 4, 4), b.linear("v", tokens, 4, 4)});
  const nn::ValueId image = b.apply("image", nn::ToImage{}, {y, normed});
  b.output(b.conv2d("conv_out", image, 4, 2, 3), "out");
  return std::move(b).build();
}

class PatchPredictionByHand : public ::testing::Test {
 protected:
  Prediction predict(const std::string& way, int ranks = 2) const {
    return predict_step(call_, ranks, Spec::parse(way), {.flops_per_s = kRate, .measured = {}},
                        link_);
  }

  static constexpr double kRate = 1e6, kConvIn = 2 * 32 * 18, kConvOut = 2 * 16 * 36,
                          kLinears = 3 * 2 * 32 * 4, kAttention = 2 * 2 * 32 * 8;
  const nn::Program network_ = small_network();
  const NetworkCall call_{network_, {{"sample", {1, 2, 4, 2}}}, sizeof(float)};
  Link link_{.alpha_s = 1e-4, .beta_bytes_per_s = 1e6};
};

TEST_F(PatchPredictionByHand, ComputesTheBandAndTheRowBesideIt) {
  const double convolutions = kConvIn + kConvOut;
  EXPECT_DOUBLE_EQ(predict("patch:mode=sync").one_device_s,
                   (convolutions + kLinears + kAttention) / kRate);
  for (const std::string all : {"patch:mode=sync", "patch:mode=distrifusion"}) {
    EXPECT_DOUBLE_EQ(predict(all).compute_s,
                     (0.75 * convolutions + kLinears / 2 + kAttention / 2) / kRate);
  }
  EXPECT_DOUBLE_EQ(predict("patch:mode=pcpp,context=0.5").compute_s,
                   (0.75 * convolutions + kLinears / 2 + kAttention * 3 / 8) / kRate);
  EXPECT_DOUBLE_EQ(predict("patch:mode=halo").compute_s,
                   (0.75 * convolutions + kLinears / 2 + kAttention / 4) / kRate);
  EXPECT_DOUBLE_EQ(predict("patch:mode=naive").compute_s,
                   (convolutions / 2 + kLinears / 2 + kAttention / 4) / kRate);
}

/// A row of conv_out's input, two values for each of two groups, keys and values of 4 tokens, 2
/// rows of the output.
constexpr std::uint64_t kHalo = 32, kMoments = 16, kKeysAndValues = 128, kGather = 32;

TEST_F(PatchPredictionByHand, BlocksForEverythingInModeSync) {
  const Prediction step = predict("patch:mode=sync");
  EXPECT_EQ(step.overlapped_s, 0);
  EXPECT_DOUBLE_EQ(step.blocking_s, link_.seconds(4, kHalo + kMoments + kKeysAndValues + kGather));
  EXPECT_DOUBLE_EQ(step.step_s, step.compute_s + step.blocking_s);
}

TEST_F(PatchPredictionByHand, HidesWhatIsStaleBehindTheComputing) {
  const Prediction step = predict("patch:mode=distrifusion");
  EXPECT_DOUBLE_EQ(step.blocking_s, link_.seconds(1, kGather));
  EXPECT_DOUBLE_EQ(step.overlapped_s, link_.seconds(3, kHalo + kMoments + kKeysAndValues));
  ASSERT_LT(step.overlapped_s, step.compute_s);
  EXPECT_DOUBLE_EQ(step.step_s, step.compute_s + step.blocking_s);
}

TEST_F(PatchPredictionByHand, PaysForWhatDoesNotFit) {
  link_.beta_bytes_per_s = 1e4;
  const Prediction step = predict("patch:mode=distrifusion");
  ASSERT_GT(step.overlapped_s, step.compute_s);
  EXPECT_DOUBLE_EQ(step.step_s, step.overlapped_s + step.blocking_s);
}

TEST_F(PatchPredictionByHand, PaysKappaOfWhatIsHidden) {
  link_.kappa = 0.25;
  Prediction step = predict("patch:mode=distrifusion");
  EXPECT_DOUBLE_EQ(step.step_s, step.compute_s + step.blocking_s + 0.25 * step.overlapped_s);
  link_.kappa = 1;
  step = predict("patch:mode=distrifusion");
  EXPECT_DOUBLE_EQ(step.step_s, step.compute_s + step.blocking_s + step.overlapped_s);
}

TEST_F(PatchPredictionByHand, WaitsForFreshMoments) {
  const Prediction step = predict("patch:moments=sync");
  EXPECT_DOUBLE_EQ(step.blocking_s, link_.seconds(2, kMoments + kGather));
  EXPECT_DOUBLE_EQ(step.overlapped_s, link_.seconds(2, kHalo + kKeysAndValues));
  EXPECT_DOUBLE_EQ(predict("patch:moments=separate").overlapped_s,
                   link_.seconds(2, kHalo + kKeysAndValues));
  EXPECT_EQ(predict("patch:mode=naive").overlapped_s, 0);
}

TEST_F(PatchPredictionByHand, CountsTheReleasedCodeAsItGathers) {
  const Prediction step =
      predict_released_step(call_, 2, {.flops_per_s = kRate, .measured = {}}, link_);
  EXPECT_DOUBLE_EQ(step.compute_s, step.one_device_s / 2);
  EXPECT_DOUBLE_EQ(step.overlapped_s, link_.seconds(1, 2 * kHalo + kMoments + kKeysAndValues));
  EXPECT_DOUBLE_EQ(step.blocking_s, link_.seconds(1, kGather));
}

TEST_F(PatchPredictionByHand, RefusesWhatNoRankCanDo) {
  EXPECT_ERROR(Code::invalid_argument, "at most 4 ranks", predict("patch:mode=sync", 5));
  EXPECT_ERROR(Code::invalid_argument, "shares no work", predict("deepcache:interval=2"));
  EXPECT_ERROR(Code::invalid_argument, "simulate_ranks", predict("patch:simulate_ranks=2"));
  EXPECT_ERROR(Code::invalid_argument, "cfg_split=on", predict("patch:cfg_split=on"));
  EXPECT_ERROR(Code::invalid_argument, "FLOP/s 0",
               predict_step(call_, 2, Spec::parse("patch"), {}, link_));
}

class PatchPrediction : public ::testing::Test {
 protected:
  Prediction predict(const std::string& way, int ranks, const Link& link) const {
    return predict_step(call(16), ranks, Spec::parse(way), speed_, link);
  }
  NetworkCall call(std::int64_t height) const {
    return {*denoiser_.program,
            {{"sample", {2, 4, height, 12}},
             {"encoder_hidden_states", {2, 5, testing::kTinyContext}},
             {"timestep", {2}}},
            sizeof(float)};
  }
  /// Every node takes 2 s, plus 3 s for each row of the picture.
  MeasuredCall measured(std::int64_t height) const {
    MeasuredCall made{call(height).inputs, {}};
    for (const nn::Node& node : denoiser_.program->nodes())
      made.node_seconds[node.name] = 2 + 3 * static_cast<double>(height);
    return made;
  }

  const nn::Network denoiser_ = testing::tiny_denoiser();
  const RankSpeed speed_{.flops_per_s = 1e9, .measured = {}};
  const Link slow_{.alpha_s = 1e-5, .beta_bytes_per_s = 1e9, .kappa = 0.5};
};

TEST_F(PatchPrediction, OfOneRankIsOneDevice) {
  for (const std::string& way : kWays) {
    const Prediction step = predict(way, 1, slow_);
    EXPECT_EQ(step.step_s, step.one_device_s) << way;
  }
  const Prediction released = predict_released_step(call(16), 1, speed_, slow_);
  EXPECT_EQ(released.step_s, released.one_device_s);
}

TEST_F(PatchPrediction, OfAnEndlesslyFastLinkIsComputing) {
  for (const int ranks : {2, 3, 8}) {
    for (const std::string& way : kWays) {
      const Prediction step = predict(way, ranks, {});
      EXPECT_EQ(step.step_s, step.compute_s) << way;
      EXPECT_LT(step.compute_s, step.one_device_s) << way;
    }
  }
}

TEST_F(PatchPrediction, GrowsWithAlphaAndBytes) {
  for (const std::string& way : kWays) {
    double last = 0;
    for (Link link : {Link{}, Link{.alpha_s = 1e-6}, Link{.alpha_s = 1e-4}, Link{.alpha_s = 1e-2},
                      Link{.alpha_s = 1e-2, .beta_bytes_per_s = 1e6}}) {
      const double step_s = predict(way, 4, link).step_s;
      EXPECT_GE(step_s, last) << way;
      last = step_s;
      link.kappa = 1;
      EXPECT_GE(predict(way, 4, link).step_s, step_s) << way;
    }
    EXPECT_GT(last, predict(way, 4, {}).step_s) << way;
  }
}

TEST_F(PatchPrediction, IsThatOfTheSlowestRank) {
  // 5 bands of 4, 4, 4, 2 and 2 rows of 16: the first ones have the most work.
  const Prediction step = predict("patch:mode=naive", 5, {});
  EXPECT_DOUBLE_EQ(step.compute_s, predict("patch:mode=naive", 4, {}).compute_s);
}

TEST_F(PatchPrediction, SplitsGuidance) {
  const Prediction step = predict("patch:cfg_split=on", 2, {});
  EXPECT_GT(step.compute_s, 0.49 * step.one_device_s);
  EXPECT_LT(step.compute_s, 0.51 * step.one_device_s);
  using comm::Traffic;
  EXPECT_EQ(step.inner[Traffic::attention], Amount{});
  EXPECT_EQ(step.inner[Traffic::gather], (Amount{1, 4 * 16 * 12 * sizeof(float)}));
}

TEST_F(PatchPrediction, TakesWhatWasMeasured) {
  const auto step = [&](const std::string& way, int ranks, const RankSpeed& speed) {
    return predict_step(call(16), ranks, Spec::parse(way), speed, {});
  };
  const RankSpeed whole{.flops_per_s = 0, .measured = {measured(16)}};
  const double nodes = step("patch", 1, whole).one_device_s / (2 + 3 * 16);
  EXPECT_DOUBLE_EQ(nodes, std::round(nodes)) << "every node of a step, and no other";
  EXPECT_LT(nodes, static_cast<double>(denoiser_.program->nodes().size()));
  // A band takes its measured time at its size, except for adjacent rows and for keys.
  const RankSpeed both{.flops_per_s = 0, .measured = {measured(8), measured(16)}};
  const double band = step("patch:mode=naive", 2, both).compute_s;
  EXPECT_DOUBLE_EQ(band, nodes * (2 + 3 * 8));
  const double halo = step("patch:mode=halo", 2, both).compute_s;
  EXPECT_GT(halo, band);
  EXPECT_GT(step("patch:mode=distrifusion", 2, both).compute_s, halo);
  EXPECT_LT(step("patch:mode=distrifusion", 2, both).compute_s, step("patch", 1, both).compute_s);
  // Smaller than the measured sizes.
  EXPECT_LT(step("patch:mode=naive", 8, both).compute_s, band);
}

TEST_F(PatchPrediction, RefusesMeasurementsOfAnotherNetwork) {
  MeasuredCall other = measured(16);
  other.node_seconds.erase("conv_in");
  EXPECT_ERROR(
      Code::invalid_argument, "conv_in",
      predict_step(call(16), 2, Spec::parse("patch"), {.flops_per_s = 1, .measured = {other}}, {}));
}

}  // namespace
}  // namespace latentrt::accel
