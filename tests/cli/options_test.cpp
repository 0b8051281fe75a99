/// `latentrt info` lists the options of accelerators and schedulers.
#include <gtest/gtest.h>

#include <latentrt/option_info.hpp>
#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/program.hpp"

namespace latentrt::testing {
namespace {

using Json = nlohmann::json;

void expect_listing(const std::string& flag, const std::vector<NamedOptions>& all) {
  const Outcome outcome = run_latentrt({"info", flag});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  std::istringstream lines(outcome.out);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(line.size(), 80U) << line;
    EXPECT_FALSE(line.ends_with(' ')) << line;
  }
  for (const NamedOptions& named : all) {
    EXPECT_NE(outcome.out.find(named.name + '\n'), std::string::npos) << named.name;
    for (const OptionInfo& option : named.options)
      EXPECT_NE(outcome.out.find("\n    " + option.key + "  "), std::string::npos) << option.key;
  }
}

void expect_json(const Json& json, const std::vector<NamedOptions>& all) {
  ASSERT_EQ(json.size(), all.size());
  for (const NamedOptions& named : all) {
    const Json& options = json.at(named.name).at("options");
    EXPECT_EQ(json.at(named.name).at("help"), named.help);
    ASSERT_EQ(options.size(), named.options.size()) << named.name;
    for (const OptionInfo& option : named.options) {
      const Json& entry = options.at(option.key);
      EXPECT_EQ(entry.at("type"), option.type) << option.key;
      EXPECT_EQ(entry.at("help"), option.help) << option.key;
      EXPECT_EQ(entry.contains("min"), option.min.has_value()) << option.key;
      EXPECT_EQ(entry.value("choices", std::vector<std::string>{}), option.choices) << option.key;
      EXPECT_EQ(entry.value("default", ""), option.default_value.value_or("")) << option.key;
    }
  }
}

TEST(OptionListing, ShowsEveryAcceleratorAndScheduler) {
  expect_listing("--accelerators", describe_accelerators());
  expect_listing("--schedulers", describe_schedules());
}

TEST(OptionListing, IsAlsoOneJsonObject) {
  const Outcome outcome = run_latentrt({"info", "--accelerators", "--schedulers", "--json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const Json json = Json::parse(outcome.out);
  ASSERT_EQ(json.size(), 2U);
  expect_json(json.at("accelerators"), describe_accelerators());
  expect_json(json.at("schedulers"), describe_schedules());
  const Json& interval = json.at("accelerators").at("deepcache").at("options").at("interval");
  EXPECT_EQ(interval.at("type"), "integer");
  EXPECT_EQ(interval.at("default"), "3");
  EXPECT_EQ(interval.at("min"), 1);
}

TEST(OptionListing, ComesAfterAModel) {
  const std::string model = std::string(LATENTRT_SOURCE_DIR) + "/models/shapes";
  const Outcome outcome = run_latentrt({"info", "--model", model, "--accelerators", "--json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const Json json = Json::parse(outcome.out);
  EXPECT_EQ(json.at("width"), 128);
  EXPECT_TRUE(json.contains("accelerators"));
  EXPECT_FALSE(json.contains("schedulers"));
}

TEST(OptionListing, WithoutItInfoNeedsAModel) {
  const Outcome outcome = run_latentrt({"info"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_EQ(outcome.err, "info needs --model, or one of --accelerators and --schedulers\n");
  const Outcome memory = run_latentrt({"info", "--accelerators", "--memory"});
  EXPECT_EQ(memory.exit_code, 2);
  EXPECT_EQ(memory.err, "--memory requires --model\n");
}

TEST(OptionListing, HelpPointsThere) {
  for (const char* command : {"txt2img", "img2img", "explain", "stream", "plan-ranks"}) {
    const std::string help = run_latentrt({command, "--help"}).out;
    EXPECT_NE(help.find("--accelerators"), std::string::npos) << command;
  }
  EXPECT_NE(run_latentrt({"txt2img", "--help"}).out.find("--schedulers"), std::string::npos);
}

}  // namespace
}  // namespace latentrt::testing
