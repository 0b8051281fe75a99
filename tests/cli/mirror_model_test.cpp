/// The trained model of mirror strings: what its card says of samplers, as far as it is certain.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <latentrt/text.hpp>

#include "cli/program.hpp"
#include "cli/toys/mirror.hpp"

namespace latentrt::cli {
namespace {

constexpr double kAnswers = 1024;

class MirrorModel : public ::testing::Test {
 protected:
  static std::string folder() { return std::string(LATENTRT_SOURCE_DIR) + "/models/mirror"; }

  double share_of_mirrors(const char* policy, std::int64_t steps) const {
    TextOptions options = default_text_options(model_);
    options.steps = steps;
    options.temperature = 1;
    options.policy = Spec::parse(policy);
    TextSampler sampler(model_, options);
    const std::vector<TokenIds> prompts(static_cast<std::size_t>(kAnswers),
                                        model_.encode("mirror"));
    const TextResult result = sampler.run({.prompts = prompts, .seed = 100});
    const auto right = std::ranges::count_if(result.answers, [&](const TokenIds& answer) {
      return mirror_toy().is_right("mirror", model_.decode(answer));
    });
    return static_cast<double>(right) / kAnswers;
  }

  TextModel model_ = TextModel::load(Context::create(), folder());
};

TEST_F(MirrorModel, HasLearnedItsTask) { EXPECT_GT(share_of_mirrors("low_confidence", 12), 0.95); }

/// Four tokens a step: committed ones that do not fit each other stay, unless they are masked
/// again.
TEST_F(MirrorModel, RemaskingCorrectsWhatManyTokensAtOnceSpoil) {
  const double plain = share_of_mirrors("low_confidence", 3), running = share_of_mirrors("rcr", 3);
  const double error = std::sqrt((plain * (1 - plain) + running * (1 - running)) / kAnswers);
  EXPECT_GT(running - plain, 3 * error) << running << " and " << plain;
}

TEST_F(MirrorModel, ItsDirectorySaysHowItAnswers) {
  const testing::Outcome outcome = testing::run_latentrt(
      {"text", "--model", folder(), "--prompt", "mirror", "--temperature", "1", "--seed", "4"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_TRUE(mirror_toy().is_right("mirror", outcome.out.substr(0, outcome.out.size() - 1)))
      << outcome.out;
}

}  // namespace
}  // namespace latentrt::cli
