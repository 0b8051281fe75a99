#include "accel/deep_cache/deep_cache.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "accel/deep_cache/branches.hpp"
#include "accel/deep_cache/drift.hpp"
#include "accel/registry.hpp"
#include "accel/spec_reader.hpp"
#include "base/fail.hpp"
#include "sampling/plan_builder.hpp"

namespace latentrt::accel {
namespace {

constexpr int kMaxCalls = 100'000;

/// The values of options that were not given.
struct Preset {
  const char* name;
  int interval;
  const char* branch;  ///< a number, or "rim" or "inside", see named_branch
  const char* predict;
};

/// The first is what holds without a preset: the paper's cheapest branch, reused.
constexpr Preset kPresets[] = {{"plain", 3, "1", "reuse"},
                               {"quality", 2, "inside", "taylor1"},
                               {"balanced", 3, "rim", "taylor1"},
                               {"fast", 5, "1", "taylor1"}};

const Preset& preset_of(SpecReader& reader) {
  std::vector<std::string> names;
  for (const Preset& preset : kPresets) names.emplace_back(preset.name);
  const std::string name = reader.choice("preset", names.front(), names);
  return *std::find_if(std::begin(kPresets), std::end(kPresets),
                       [&](const Preset& preset) { return preset.name == name; });
}

/// What presets call branches, since families of UNets differ in what their outermost level costs: the rim is the deepest
/// branch whose shallow network has no attention (the third of SDXL, whose first level has none) or the
/// first (SD1.5), and inside is the next one.
std::string named_branch(const PlanBuilder& plan, const std::string& branch) {
  if (branch != "rim" && branch != "inside") return branch;
  const std::size_t rim = attention_free_branches(sampling::body_of(plan));
  const std::size_t number = std::max<std::size_t>(rim, 1) + (branch == "inside" ? 1 : 0);
  return std::to_string(std::min(number, plan.skip_connections().size()));
}

void check_schedule_options(SpecReader& reader, const std::string& schedule) {
  for (const auto& [key, owner] :
       {std::pair("center", "quad"), std::pair("power", "quad"), std::pair("refresh", "list")}) {
    if (reader.has(key) && schedule != owner)
      fail(Code::invalid_argument, "deepcache: {} belongs to schedule={}", key, owner);
  }
}

/// How far each call turns the sample from noise to picture, relative to the mean: signal and noise are the legs of a
/// right angle (Salimans and Ho 2022, appendix D).
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

DeepCacheOptions DeepCacheOptions::from(const Spec& spec) {
  SpecReader reader(spec);
  const Preset& preset = preset_of(reader);
  DeepCacheOptions options;
  options.interval = reader.integer("interval", preset.interval, 1, kMaxCalls);
  options.branch = reader.text("branch", preset.branch);
  options.schedule = reader.choice("schedule", "uniform", {"uniform", "quad", "list"});
  options.center = reader.integer("center", 15, 1, kMaxCalls);
  options.power = reader.number("power", 1.4, 1.0, 5.0);
  options.refreshes = reader.integers("refresh", 0, kMaxCalls);
  const std::vector<std::string> predictors{"reuse", "taylor1", "taylor2"};
  const std::string predict = reader.choice("predict", preset.predict, predictors);
  options.order = static_cast<int>(std::find(predictors.begin(), predictors.end(), predict) -
                                   predictors.begin());
  if (reader.has("adaptive")) options.adaptive = reader.number("adaptive", 0, 0, 1e9);
  options.max_age = reader.integer("max_age", 5, 0, kMaxCalls);
  options.warm_up = reader.integer("warm_up", 0, 0, kMaxCalls);
  options.tail = reader.integer("tail", 0, 0, kMaxCalls);
  reader.finish();
  if (options.adaptive && (reader.has("interval") || reader.has("schedule"))) {
    fail(Code::invalid_argument,
         "deepcache: adaptive chooses by itself; it takes no interval and no schedule");
  }
  if (reader.has("max_age") && !options.adaptive)
    fail(Code::invalid_argument, "deepcache: max_age belongs to adaptive");
  check_schedule_options(reader, options.schedule);
  options.interval_given = reader.has("interval") || options.schedule != "uniform";
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
  registry.add("deepcache", [](const Spec& spec) {
    return std::vector<AcceleratorPtr>{std::make_shared<DeepCache>(DeepCacheOptions::from(spec))};
  });
}

}  // namespace latentrt::accel
