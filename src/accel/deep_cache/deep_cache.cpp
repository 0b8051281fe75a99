#include "accel/deep_cache/deep_cache.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "accel/deep_cache/branches.hpp"
#include "accel/deep_cache/drift.hpp"
#include "accel/registry.hpp"
#include "base/fail.hpp"
#include "base/settings.hpp"
#include "sampling/plan_builder.hpp"

namespace latentrt::accel {
namespace {

constexpr int kMaxCalls = 100'000;

/// Defaults of options. A branch is a number, "rim" or "inside"; see named_branch.
struct Preset {
  const char* name;
  int interval;
  const char* branch;
  const char* predict;
};

/// The first one is used without a preset: the paper's cheapest branch, reused.
constexpr Preset kPresets[] = {{"plain", 3, "1", "reuse"},
                               {"quality", 2, "inside", "taylor1"},
                               {"balanced", 3, "rim", "taylor1"},
                               {"fast", 5, "1", "taylor1"}};

constexpr std::string_view kPredictors[] = {"reuse", "taylor1", "taylor2"};

const Preset& preset_named(const std::string& name) {
  return *std::find_if(std::begin(kPresets), std::end(kPresets),
                       [&](const Preset& preset) { return preset.name == name; });
}

std::vector<OptionSpec> deep_cache_options() {
  constexpr double kLargestDrift = 1e9;
  const DeepCacheOptions fresh;
  const Preset& plain = kPresets[0];
  std::vector<std::string> presets;
  for (const Preset& preset : kPresets) presets.emplace_back(preset.name);
  return {
      choice_option("preset", plain.name, presets,
                    "Sets interval, branch and predict where they are not given"),
      whole_option("interval", plain.interval, 1, kMaxCalls,
                   "Calls of the network from one that runs all of it to the next"),
      text_option("branch", plain.branch,
                  "Where the network is cut: a skip connection, counted from 1 at the outside (a "
                  "higher one costs more and is more exact), rim (the deepest without attention), "
                  "inside (the next one), or the name of the value to keep"),
      choice_option("predict", plain.predict, {std::begin(kPredictors), std::end(kPredictors)},
                    "What replaces the deep part: its last output, or a forecast of order 1 or 2"),
      choice_option(
          "schedule", fresh.schedule, {"uniform", "quad", "list"},
          "When all of the network runs: evenly, more often around center, or as in refresh"),
      whole_option("center", static_cast<int>(fresh.center), 1, kMaxCalls,
                   "With schedule=quad: the call around which all of the network runs most often"),
      number_option("power", fresh.power, 1, 5,
                    "With schedule=quad: how fast the intervals grow away from center"),
      whole_list_option("refresh", {}, 0, kMaxCalls,
                        "With schedule=list: the calls that run all of the network, from 0"),
      optional_number(
          "adaptive", 0, kLargestDrift,
          "Instead of a schedule: the relative error of the kept value above which all of "
          "the network runs"),
      whole_option("max_age", fresh.max_age, 0, kMaxCalls,
                   "With adaptive: calls that may follow each other without all of the network"),
      whole_option("warm_up", fresh.warm_up, 0, kMaxCalls,
                   "First calls that always run all of the network"),
      whole_option("tail", fresh.tail, 0, kMaxCalls,
                   "Last calls that always run all of the network")};
}

/// Resolves the branch names of presets, because the costs of the outermost level differ between
/// families of UNets: "rim" is the deepest branch whose shallow network has no attention (the third
/// of SDXL, whose first level has none) or else the first (SD1.5), and "inside" is the next one.
std::string named_branch(const PlanBuilder& plan, const std::string& branch) {
  if (branch != "rim" && branch != "inside") return branch;
  const std::size_t rim = attention_free_branches(sampling::body_of(plan));
  const std::size_t number = std::max<std::size_t>(rim, 1) + (branch == "inside" ? 1 : 0);
  return std::to_string(std::min(number, plan.skip_connections().size()));
}

void check_combination(const Settings& settings) {
  if (settings.is_given("adaptive") &&
      (settings.is_given("interval") || settings.is_given("schedule"))) {
    fail(Code::invalid_argument,
         "deepcache: adaptive chooses by itself; it takes no interval and no schedule");
  }
  if (settings.is_given("max_age") && !settings.is_given("adaptive"))
    fail(Code::invalid_argument, "deepcache: max_age belongs to adaptive");
  for (const auto& [key, owner] :
       {std::pair("center", "quad"), std::pair("power", "quad"), std::pair("refresh", "list")}) {
    if (settings.is_given(key) && settings.text("schedule") != owner)
      fail(Code::invalid_argument, "deepcache: {} belongs to schedule={}", key, owner);
  }
}

/// How far each call moves the sample from noise to picture, relative to the mean: signal and noise
/// are the legs of a right-angled triangle (Salimans and Ho 2022, appendix D).
std::vector<double> step_lengths(const PlanBuilder& plan) {
  const std::size_t calls = plan.call_count();
  const auto angle = [&](std::size_t call) {
    return call < calls ? std::atan(std::exp(-plan.log_snr(call) / 2)) : 0.0;
  };
  std::vector<double> lengths;
  for (std::size_t call = 0; call < calls; ++call)
    lengths.push_back(std::abs(angle(call) - angle(call + 1)));
  const double mean = std::accumulate(lengths.begin(), lengths.end(), 0.0) / double(calls);
  for (double& length : lengths) length /= mean;
  return lengths;
}

}  // namespace

DeepCacheOptions DeepCacheOptions::from(const Settings& settings) {
  check_combination(settings);
  const Preset& preset = preset_named(settings.text("preset"));
  const auto text_of = [&](const char* key, const char* of_preset) {
    return settings.is_given(key) ? settings.text(key) : of_preset;
  };
  DeepCacheOptions options;
  options.interval = settings.is_given("interval") ? settings.whole("interval") : preset.interval;
  options.branch = text_of("branch", preset.branch);
  options.schedule = settings.text("schedule");
  options.center = settings.number("center");
  options.power = settings.number("power");
  for (const double call : settings.given_list("refresh").value_or(std::vector<double>{}))
    options.refreshes.push_back(static_cast<int>(call));
  const auto predictor = std::ranges::find(kPredictors, text_of("predict", preset.predict));
  options.order = static_cast<int>(predictor - std::begin(kPredictors));
  options.adaptive = settings.given_number("adaptive");
  options.max_age = settings.whole("max_age");
  options.warm_up = settings.whole("warm_up");
  options.tail = settings.whole("tail");
  options.interval_given = settings.is_given("interval") || options.schedule != "uniform";
  return options;
}

RefreshMask DeepCache::mask(int calls) const {
  RefreshMask mask;
  const bool every_call = options_.interval == 1 && options_.schedule == "quad";
  if (options_.schedule == "uniform" || every_call)
    mask = uniform_refresh(calls, options_.interval);
  if (options_.schedule == "quad" && !every_call)
    mask = quadratic_refresh(calls, options_.interval, options_.center, options_.power);
  if (options_.schedule == "list") mask = listed_refresh(calls, options_.refreshes);
  const auto size = static_cast<std::ptrdiff_t>(mask.size());
  std::fill(mask.begin(), mask.begin() + std::min<std::ptrdiff_t>(options_.warm_up, size), true);
  std::fill(mask.end() - std::min<std::ptrdiff_t>(options_.tail, size), mask.end(), true);
  return mask;
}

DeepCache::Pair DeepCache::add_pair(PlanBuilder& plan, const SkipConnection& branch) const {
  const SlotId slot =
      plan.add_slot({.name = "deep feature", .owner = "deepcache", .order = options_.order});
  const VariantId full =
      plan.add_variant("full, keeps " + branch.from_below, {}, {{branch.from_below, slot}});
  const VariantId shallow =
      plan.add_variant("shallow from " + branch.from_below, {{branch.from_below, slot}}, {}, full);
  return {.full = full, .shallow = shallow, .slot = slot};
}

void DeepCache::contribute_schedule(PlanBuilder& plan, const SkipConnection& branch) const {
  constexpr int kFewCalls = 8;
  const int calls = static_cast<int>(plan.call_count());
  RefreshMask refresh = mask(calls);
  if (calls < kFewCalls && !options_.interval_given) {
    plan.note(fmt::format(
        "deepcache: {} calls are too few to skip any by default; an explicit interval is obeyed",
        calls));
    refresh.assign(refresh.size(), true);
  }
  const Pair pair = add_pair(plan, branch);
  plan.assign([&](std::size_t call) { return refresh[call] ? pair.full : pair.shallow; });
}

void DeepCache::contribute_adaptive(PlanBuilder& plan, const SkipConnection& branch) const {
  const auto add_slot = [&](const char* name) {
    return plan.add_slot({.name = name, .owner = "deepcache"});
  };
  sampling::add_probe(plan, branch.skip);
  const Pair pair = add_pair(plan, branch);
  const DriftSlots slots{.feature = pair.slot,
                         .measured = add_slot("deep feature when last compared"),
                         .skip = add_slot("skip of the call before"),
                         .drift = add_slot("drift")};
  const DriftLimits limits{.threshold = *options_.adaptive,
                           .max_age = options_.max_age,
                           .warm_up = options_.warm_up,
                           .tail = options_.tail,
                           .weights = step_lengths(plan)};
  sampling::choose_by_probe(plan, choose_by_drift(limits, slots, pair.full, pair.shallow));
  plan.assign([&](std::size_t) { return pair.full; });
}

void DeepCache::contribute(PlanBuilder& plan) const {
  const SkipConnection branch =
      find_branch(plan.skip_connections(), named_branch(plan, options_.branch));
  options_.adaptive ? contribute_adaptive(plan, branch) : contribute_schedule(plan, branch);
}

void register_deep_cache(Registry& registry) {
  registry.add({.name = "deepcache",
                .help =
                    "DeepCache (Ma et al. 2024): most calls run the outer part of the UNet only, "
                    "and reuse or forecast the output of its deep part",
                .options = deep_cache_options(),
                .make = [](const Settings& settings) -> std::vector<AcceleratorPtr> {
                  return {std::make_shared<DeepCache>(DeepCacheOptions::from(settings))};
                }});
}

}  // namespace latentrt::accel
