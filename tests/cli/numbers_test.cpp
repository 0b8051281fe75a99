/// Numbers on the command line are decimal, without surprises.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cli/latentrt_fixture.hpp"
#include "cli/support/decimal.hpp"

namespace latentrt::testing {
namespace {

TEST(Decimal, TakesWholeNumbersOfTheType) {
  EXPECT_EQ(cli::parse_decimal<std::uint64_t>("18446744073709551615"), ~std::uint64_t{0});
  EXPECT_EQ(cli::parse_decimal<std::uint64_t>("0"), 0U);
  EXPECT_EQ(cli::parse_decimal<int>("-12"), -12);
  for (const char* text : {"18446744073709551616", "99999999999999999999999", "-1", "010", "00",
                           "0x10", "1e3", "1.0", "+1", " 1", "1 ", "1,", "", "-", "one"})
    EXPECT_FALSE(cli::parse_decimal<std::uint64_t>(text)) << text;
  for (const char* text : {"2147483648", "-2147483649", "-01"})
    EXPECT_FALSE(cli::parse_decimal<int>(text)) << text;
}

TEST(Decimal, TakesFiniteNumbers) {
  EXPECT_EQ(cli::parse_decimal<double>("0.5"), 0.5);
  EXPECT_EQ(cli::parse_decimal<double>("-1e-3"), -1e-3);
  for (const char* text : {"nan", "inf", "-inf", "infinity", "1e999", "0x1p3", "1.5x", "", "1,5"})
    EXPECT_FALSE(cli::parse_decimal<double>(text)) << text;
}

class RefusesNumbers : public Latentrt,
                       public ::testing::WithParamInterface<std::pair<const char*, const char*>> {};

/// The sentence names the flag.
TEST_P(RefusesNumbers, InOneSentence) {
  const auto [flag, value] = GetParam();
  expect_refused(generate({flag, value}), flag);
}

INSTANTIATE_TEST_SUITE_P(
    Flags, RefusesNumbers,
    ::testing::Values(
        std::pair("--seed", "18446744073709551616"), std::pair("--seed", "1000000000000000000000"),
        std::pair("--seed", "010"), std::pair("--seed", "0x10"), std::pair("--seed", "-2"),
        std::pair("--seed", "1.5"), std::pair("--seeds", "010"), std::pair("--max-memory", "-1"),
        std::pair("--max-memory", "0"), std::pair("--max-memory", "1X"),
        std::pair("--max-memory", "99999999999T"), std::pair("--steps", "010"),
        std::pair("--steps", "0x2"), std::pair("--steps", "2.0"), std::pair("--width", "0100"),
        std::pair("--batch", "4294967297"), std::pair("--threads", "01"),
        std::pair("--clip-skip", "99999999999999999999"), std::pair("--guidance", "0x1p1"),
        std::pair("--guidance", "1e999"), std::pair("--guidance-stop", "nan"),
        std::pair("--rank-deadline", "inf"), std::pair("--vae-tile-size", "0x20"),
        std::pair("--sigmas", "inf,0"), std::pair("--timesteps", "999,nan")));

class RefusesNumbersOf : public ::testing::TestWithParam<Arguments> {};

TEST_P(RefusesNumbersOf, EveryCommand) {
  const Outcome outcome = GetParam()[0] == "bench"
                              ? run_bench({GetParam().begin() + 1, GetParam().end()})
                              : run_latentrt(GetParam());
  EXPECT_EQ(outcome.exit_code, 2) << outcome.err;
  EXPECT_NE(outcome.err.find(GetParam()[GetParam().size() - 2]), std::string::npos) << outcome.err;
  EXPECT_EQ(outcome.out, "");
}

INSTANTIATE_TEST_SUITE_P(
    Commands, RefusesNumbersOf,
    ::testing::Values(Arguments{"stream", "--model", kModel, "--output", "-", "--count", "010"},
                      Arguments{"stream", "--model", kModel, "--output", "-", "--fps", "nan"},
                      Arguments{"stream", "--model", kModel, "--output", "-", "--seed", "010"},
                      Arguments{"plan-ranks", "--config", "sd15", "--ranks", "2,010"},
                      Arguments{"plan-ranks", "--config", "sd15", "--context", "inf"},
                      Arguments{"info", "--model", kModel, "--guidance", "nan"},
                      Arguments{"explain", "--model", kModel, "--steps", "0x10"},
                      Arguments{"bench", "--runs", "010"}, Arguments{"bench", "--width", "0x40"}));

TEST_F(Latentrt, SeedMinusOneIsDrawnAndTold) {
  const auto seed_of = [&] {
    const Outcome outcome = generate({"--seed", "-1", "--json"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return nlohmann::json::parse(outcome.out).at("seeds").at(0).get<std::uint64_t>();
  };
  const std::uint64_t first = seed_of(), second = seed_of();
  EXPECT_NE(first, second);
  const Outcome told = generate({"-s", "-1"});
  ASSERT_EQ(told.exit_code, 0) << told.err;
  EXPECT_EQ(told.err.rfind("seed ", 0), 0U) << told.err;
}

TEST_F(Latentrt, MemoryMayHaveAUnit) {
  expect_refused(generate({"--max-memory", "1k"}), "are allowed");
  EXPECT_EQ(generate({"--max-memory", "1.5T"}).exit_code, 0);
}

}  // namespace
}  // namespace latentrt::testing
