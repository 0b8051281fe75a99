#include "accel/deep_cache/deep_cache.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "accel/deep_cache/branches.hpp"
#include "accel/deep_cache/drift.hpp"
#include "accel/registry.hpp"
#include "accel/spec_reader.hpp"
#include "base/fail.hpp"
#include "sampling/plan.hpp"

namespace latentrt::accel {
namespace {

constexpr int kMaxCalls = 100'000;

/// Where nobody chose: how often and how deep, by how many calls there are to save from.
struct Preset {
  const char* name;
  int interval;
  const char* branch;
};

constexpr Preset kPresets[] = {{"quality", 2, "2"}, {"balanced", 3, "1"}, {"fast", 5, "1"}};

const Preset& preset_of(SpecReader& reader) {
  std::vector<std::string> names;
  for (const Preset& preset : kPresets) names.emplace_back(preset.name);
  const std::string name = reader.choice("preset", "balanced", names);
  return *std::find_if(std::begin(kPresets), std::end(kPresets),
                       [&](const Preset& preset) { return preset.name == name; });
}

/// F for a call of the whole network, s for a shallow one.
std::string as_text(const RefreshMask& mask) {
  std::string text;
  for (const bool full : mask) text += full ? 'F' : 's';
  return text;
}

void check_schedule_options(SpecReader& reader, const std::string& schedule) {
  for (const auto& [key, owner] :
       {std::pair("center", "quad"), std::pair("power", "quad"), std::pair("refresh", "list")}) {
    if (reader.has(key) && schedule != owner)
      fail(Code::invalid_argument, "deepcache: {} belongs to schedule={}", key, owner);
  }
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
  const std::string predict = reader.choice("predict", "reuse", predictors);
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

DeepCache::Pair DeepCache::add_pair(sampling::PlanBuilder& plan, const Branch& branch) const {
  const sampling::SlotId slot =
      plan.add_slot({.name = "deep feature", .owner = "deepcache", .order = options_.order});
  const sampling::VariantId full =
      plan.add_variant("full, keeps " + branch.from_below, {}, {{branch.from_below, slot}});
  return {full, plan.add_variant("shallow from " + branch.from_below, {{branch.from_below, slot}},
                                 {}, full)};
}

void DeepCache::contribute_schedule(sampling::PlanBuilder& plan, const Branch& branch) const {
  constexpr int kFewCalls = 8;
  const int calls = static_cast<int>(plan.step_count());
  RefreshMask refresh = mask(calls);
  if (calls < kFewCalls && !options_.interval_given) {
    plan.note(fmt::format(
        "deepcache: {} calls are too few to skip any by default; an explicit interval is obeyed",
        calls));
    refresh.assign(refresh.size(), true);
  }
  plan.note(fmt::format("deepcache: {}", as_text(refresh)));
  const Pair pair = add_pair(plan, branch);
  plan.assign([&](std::size_t call) { return refresh[call] ? pair.full : pair.shallow; });
}

void DeepCache::contribute_adaptive(sampling::PlanBuilder& plan, const Branch& branch) const {
  const DriftSlots slots{
      .skip = plan.add_slot({.name = "skip of the call before", .owner = "deepcache"}),
      .drift = plan.add_slot({.name = "drift and age", .owner = "deepcache"})};
  const DriftLimits limits{.threshold = *options_.adaptive,
                           .max_age = options_.max_age,
                           .warm_up = options_.warm_up,
                           .tail = options_.tail,
                           .calls = static_cast<int>(plan.step_count())};
  // The variants' numbers are those that the next two get.
  const sampling::VariantId full = plan.variant_count();
  plan.add_probe(branch.skip, choose_by_drift(limits, slots, full, full + 1));
  const Pair pair = add_pair(plan, branch);
  plan.assign([&](std::size_t) { return pair.full; });
}

void DeepCache::contribute(sampling::PlanBuilder& plan) const {
  const std::vector<Branch> branches = branches_of(plan.body());
  const Branch branch = find_branch(branches, options_.branch);
  options_.adaptive ? contribute_adaptive(plan, branch) : contribute_schedule(plan, branch);
}

void register_deep_cache(Registry& registry) {
  registry.add("deepcache", [](const Spec& spec) {
    return std::vector<sampling::AcceleratorPtr>{
        std::make_shared<DeepCache>(DeepCacheOptions::from(spec))};
  });
}

}  // namespace latentrt::accel
