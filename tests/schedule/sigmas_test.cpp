#include "schedule/levels/sigmas.hpp"

#include <gtest/gtest.h>

#include "schedule/common_options.hpp"
#include "schedule/options.hpp"

namespace latentrt::schedule::testing {
namespace {

Settings settings(Options options = {}) {
  static const auto specs = joined({beta_options(0.0001, 0.02, "linear"),
                                    sigma_options(),
                                    respacing_options(),
                                    {zero_snr_option(), final_sigmas_option()}});
  return Settings("test", specs, stable_diffusion(std::move(options)));
}

TEST(Sigmas, TableHasThePublishedEnds) {
  const SigmaTable table(settings(), nullptr);
  EXPECT_NEAR(table.smallest(), 0.0291672, 1e-6);
  EXPECT_NEAR(table.largest(), 14.614641, 2e-5);
  EXPECT_NEAR(table.at(946.421), 10.7468, 1e-4);
}

TEST(Sigmas, OutsideOfTheTableAreItsEnds) {
  const SigmaTable table(settings(), nullptr);
  EXPECT_EQ(table.at(-1), table.smallest());
  EXPECT_EQ(table.at(1000), table.largest());
}

TEST(Sigmas, TimestepOfASigmaIsWhereTheTableHasIt) {
  const SigmaTable table(settings(), nullptr);
  for (int timestep = 0; timestep < table.size(); ++timestep) {
    EXPECT_NEAR(table.timestep_of(table.at(timestep)), timestep, 2e-4);
  }
  EXPECT_EQ(table.timestep_of(1e-3), 0);
  EXPECT_EQ(table.timestep_of(1e3), 999);
}

TEST(Sigmas, ZeroTerminalSnrEndsAtAFiniteSigma) {
  EXPECT_NEAR(SigmaTable(settings({{"rescale_betas_zero_snr", flag(true)}}), nullptr).largest(),
              4096, 1e-3);
}

TEST(Sigmas, KarrasMatchesPublishedOnes) {
  const SigmaTable table(settings(), nullptr);
  const auto sigmas =
      respaced_sigmas(Respacing::karras, settings(), table.smallest(), table.largest(), 20);
  const double expected[] = {14.6146, 11.7254, 9.3402, 7.3836, 5.7894};
  for (std::size_t i = 0; i < 5; ++i) EXPECT_NEAR(sigmas[i], expected[i], 1e-4);
  EXPECT_NEAR(sigmas.back(), 0.0292, 1e-4);
  EXPECT_NEAR(table.timestep_of(sigmas[1]), 961.733, 1e-3);
}

TEST(Sigmas, ExponentialOnesHaveEqualRatios) {
  const auto sigmas = respaced_sigmas(Respacing::exponential, settings(), 0.1, 10, 3);
  EXPECT_NEAR(sigmas[1], 1, 1e-12);
}

TEST(Sigmas, GivenEndsReplaceThoseOfTheList) {
  const Settings given = settings({{"sigma_min", number(0.5)}, {"sigma_max", number(2)}});
  const auto sigmas = respaced_sigmas(Respacing::karras, given, 0.1, 10, 4);
  EXPECT_NEAR(sigmas.front(), 2, 1e-12);
  EXPECT_NEAR(sigmas.back(), 0.5, 1e-12);
}

TEST(Sigmas, EndsInTheWrongOrderAreRefused) {
  const Settings given = settings({{"sigma_min", number(3)}, {"sigma_max", number(2)}});
  EXPECT_EQ(
      error_of([&] { respaced_sigmas(Respacing::karras, given, 0.1, 10, 4); }),
      "invalid_argument: test cannot go from sigma 2 down to sigma 3; see sigma_max and sigma_min");
}

TEST(Sigmas, TwoRespacingsAreRefused) {
  const Settings both =
      settings({{"use_karras_sigmas", flag(true)}, {"use_exponential_sigmas", flag(true)}});
  EXPECT_EQ(error_of([&] { respacing_of(both); }),
            "invalid_argument: test options use_karras_sigmas and use_exponential_sigmas exclude "
            "each other");
}

TEST(Sigmas, ListsEndAtZeroOrAtTheSmallest) {
  const Settings smallest = settings({{"final_sigmas_type", text("sigma_min")}});
  const SigmaTable table(smallest, nullptr);
  EXPECT_EQ(final_sigma(settings(), table), 0);
  EXPECT_EQ(final_sigma(smallest, table), table.smallest());
  EXPECT_EQ(finished_sigmas({2, 1}, 0), (std::vector<double>{2, 1, 0}));
}

}  // namespace
}  // namespace latentrt::schedule::testing
