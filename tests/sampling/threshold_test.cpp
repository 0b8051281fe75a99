/// Dynamic thresholding of the estimate of the clean sample, in one step on tensors.
#include "sampling/gaussian/threshold.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "sampling/gaussian/update.hpp"
#include "sampling/noise.hpp"

namespace latentrt::sampling {
namespace {

at::Tensor random(std::uint64_t seed, double scale = 1) {
  at::Generator generator = make_generator(seed);
  return draw_noise({3, 4, 5, 6}, generator, at::kCPU) * scale;
}

/// By the definition, row by row.
at::Tensor expected(const at::Tensor& x0, const schedule::Clip& clip) {
  std::vector<at::Tensor> rows;
  for (const at::Tensor& row : x0.unbind()) {
    const double quantile = at::quantile(row.abs().flatten(), clip.quantile).item<double>();
    const double bound = std::min(std::max(quantile, 1.0), clip.most);
    rows.push_back(row.clamp(-bound, bound) / bound);
  }
  return at::stack(rows);
}

double distance(const at::Tensor& a, const at::Tensor& b) {
  return (a - b).abs().max().item<double>();
}

TEST(Threshold, IsAQuantileOfEachRow) {
  const at::Tensor x0 = random(1) * at::tensor({0.1, 2.0, 40.0}).view({3, 1, 1, 1});
  for (const schedule::Clip& clip :
       {schedule::Clip{.most = 1, .quantile = 0.995}, schedule::Clip{.most = 9, .quantile = 0.8},
        schedule::Clip{.most = 1e6, .quantile = 0.5}, schedule::Clip{.most = 1e6, .quantile = 1}})
    EXPECT_LT(distance(thresholded(x0, clip), expected(x0, clip)), 1e-6) << clip.quantile;
}

TEST(Threshold, OfTheBatchIsThatOfEachRow) {
  const at::Tensor x0 = random(2, 5);
  const schedule::Clip clip{.most = 100, .quantile = 0.9};
  const at::Tensor together = thresholded(x0, clip);
  for (std::int64_t i = 0; i < x0.size(0); ++i)
    EXPECT_TRUE(at::equal(together.narrow(0, i, 1), thresholded(x0.narrow(0, i, 1), clip)));
}

TEST(Threshold, IsWhatAStepWeighsAndKeeps) {
  schedule::Step step;
  step.x0_from_sample = 2, step.x0_from_output = -1.5;
  step.sample_weight = 0.3, step.output_weight = 0.2, step.x0_weight = 0.7;
  step.history_weights[0] = 0.4, step.noise_weight = 0.1;
  step.pushes = true, step.push_x0 = 0.9, step.push_sample = 0.5;
  step.clip = {.most = 4, .quantile = 0.9};
  const at::Tensor sample = random(3), unconditional = random(4), conditional = random(5);
  const at::Tensor history = random(6), noise = random(7);
  const GuidancePolicy guidance{.scale = 3};
  const Updated updated =
      update(step, guidance, sample, conditional, unconditional, {history}, noise);
  const at::Tensor output = unconditional + 3 * (conditional - unconditional);
  const at::Tensor x0 = expected(2 * sample - 1.5 * output, step.clip);
  EXPECT_LT(distance(updated.sample,
                     0.3 * sample + 0.2 * output + 0.7 * x0 + 0.4 * history + 0.1 * noise),
            1e-5);
  EXPECT_LT(distance(updated.pushed, 0.9 * x0 + 0.5 * sample), 1e-5);
  EXPECT_LT(distance(clean_estimate(step, guidance, sample, conditional, unconditional), x0), 1e-5);
}

}  // namespace
}  // namespace latentrt::sampling
