#include "accel/patch_parallel/patch_parallel.hpp"

#include <fmt/format.h>

#include "accel/patch_parallel/own_rank.hpp"
#include "accel/patch_parallel/simulated_ranks.hpp"
#include "accel/registry.hpp"
#include "base/fail.hpp"
#include "sampling/plan_builder.hpp"

namespace latentrt::accel {
namespace {

constexpr int kMaxRanks = 1024, kMaxWarmUp = 100000;

Moments moments_named(const std::string& name) {
  if (name == "stale") return Moments::stale;
  if (name == "sync") return Moments::sync;
  return name == "separate" ? Moments::separate : Moments::corrected;
}

CfgSplit split_named(const std::string& name) {
  if (name == "on") return CfgSplit::on;
  return name == "auto" ? CfgSplit::automatic : CfgSplit::off;
}

/// Number of rank groups; each group holds all bands. A single rank has nothing to split.
int groups_of(CfgSplit split, const sampling::Plan& plan, int ranks) {
  if (ranks == 1) return 1;
  const bool guided = plan.guidance.active(), even = ranks % 2 == 0;
  if (split == CfgSplit::on && !guided)
    fail(Code::invalid_argument, "patch: cfg_split=on splits guidance, which is off");
  if (split == CfgSplit::on && !even) {
    fail(Code::invalid_argument,
         "patch: cfg_split=on needs an even number of ranks: not {}, but {} or {}", ranks,
         ranks - 1, ranks + 1);
  }
  return split != CfgSplit::off && guided && even ? 2 : 1;
}

/// Whether a call of the plan uses values of other ranks from an earlier call.
bool is_stale(const PatchOptions& options, const sampling::Plan& plan) {
  const int calls = static_cast<int>(plan.process->calls());
  return !options.naive && options.warm_up >= 0 && options.warm_up + 1 < calls &&
         options.resync != 1;
}

/// The options in this plan. The calls of a stream use fresh values unless something else is
/// requested, because a frame has only a few.
PatchOptions options_in(const sampling::Plan& plan, const PatchSpec& spec) {
  PatchOptions options = spec.options;
  const bool unasked = plan.batch && !spec.asks_for_stale;
  if (unasked || !is_stale(options, plan)) options.warm_up = -1;
  return options;
}

std::string described(const PatchOptions& options) {
  if (options.naive) return "nothing is exchanged but the result";
  if (options.warm_up < 0) return "every value is fresh";
  const std::string context =
      options.context == kWholePicture
          ? "of the whole picture"
          : fmt::format("as far as {} of a band beyond the own", options.context);
  const std::string resync =
      options.resync > 0 ? fmt::format("; one call in {} is fresh again", options.resync) : "";
  return fmt::format(
      "after the first {} calls values of other ranks are those of the call before, {}{}",
      options.warm_up + 1, context, resync);
}

std::unique_ptr<sampling::Space> space_for(const PatchSpec& spec, const sampling::Plan& plan,
                                           std::int64_t rows, comm::Communicator* ranks) {
  const bool several = ranks != nullptr && ranks->size() > 1;
  if (several && spec.ranks > 1) {
    fail(Code::invalid_argument,
         "patch: simulate_ranks={} in a run of {} ranks: it is one or the other", spec.ranks,
         ranks->size());
  }
  const int all = several ? ranks->size() : spec.ranks;
  const int groups = groups_of(spec.cfg_split, plan, all);
  const Bands bands = Bands::even(rows, rows_to_one(*plan.denoiser.program), all / groups);
  if (several) return std::make_unique<OwnRank>(plan, *ranks, bands, spec.options);
  return std::make_unique<SimulatedRanks>(plan, bands, groups, spec.options);
}

}  // namespace

std::vector<OptionSpec> patch_options() {
  const PatchOptions fresh;
  return {
      choice_option(
          "mode", "distrifusion", {"sync", "distrifusion", "pcpp", "halo", "naive"},
          "What a rank sees of the others after the warm-up: all of the picture of this call "
          "(sync) or of the call before (distrifusion), the nearest part of it (pcpp), the "
          "boundary rows only (halo), or nothing (naive)"),
      choice_option(
          "cfg_split", "off", {"off", "on", "auto"},
          "Compute each half of guidance on half of the ranks; auto: where that is possible"),
      whole_option("simulate_ranks", 1, 1, kMaxRanks,
                   "Compute the bands of this many ranks one after the other on one device"),
      whole_option("warmup", fresh.warm_up, 0, kMaxWarmUp,
                   "Calls after the first in which all values are fresh"),
      whole_option("resync", fresh.resync, 0, kMaxWarmUp,
                   "After the warm-up, make one call in this many with fresh values; 0 makes none"),
      choice_option("moments", "corrected", {"corrected", "stale", "sync", "separate"},
                    "Where group normalisations get the moments of the other bands: from the call "
                    "before, corrected or as they are (stale), from this call (sync), or nowhere"),
      number_option("context", 0.3, 0, kMaxRanks,
                    "With mode=pcpp: how far a rank sees beyond its band, in heights of a band"),
      choice_option("compat", "none", {"none", "released"},
                    "Compute as the released code of the authors does, to compare with it")};
}

PatchSpec PatchSpec::from(const Settings& settings) {
  const std::string& mode = settings.text("mode");
  if (mode != "pcpp" && settings.is_given("context")) {
    fail(Code::invalid_argument, "patch: context is an option of mode=pcpp, and the mode is {}",
         mode);
  }
  PatchSpec made;
  made.cfg_split = split_named(settings.text("cfg_split"));
  made.ranks = settings.whole("simulate_ranks");
  made.options.warm_up = mode == "sync" ? -1 : settings.whole("warmup");
  made.options.resync = settings.whole("resync");
  made.options.moments = moments_named(settings.text("moments"));
  made.options.released = settings.text("compat") == "released";
  if (mode == "pcpp") made.options.context = settings.number("context");
  if (mode == "halo") made.options.context = 0;
  made.options.naive = mode == "naive";
  made.asks_for_stale = settings.is_given("mode") || settings.is_given("warmup");
  if (made.options.released && mode == "pcpp" && made.options.context > 1)
    fail(Code::invalid_argument, "patch: compat=released takes no context above 1, and it is {}",
         made.options.context);
  return made;
}

void PatchParallel::contribute(PlanBuilder& plan) const {
  sampling::Plan& made = plan.state().plan;
  if (made.choice) {
    fail(Code::invalid_argument,
         "patch: plans with a probe (deepcache:adaptive) are not supported yet");
  }
  PatchSpec spec = spec_;
  spec.options = options_in(made, spec_);
  made.space_has_past = is_stale(spec.options, made);
  made.make_space = [spec](const sampling::Plan& of, std::int64_t rows, comm::Communicator* ranks) {
    return space_for(spec, of, rows, ranks);
  };
  const std::string who = spec_.ranks > 1 ? fmt::format("{} ranks on this device", spec_.ranks)
                                          : "a band of the picture for each rank";
  plan.note(fmt::format("patch: {}; {}", who, described(spec.options)));
  if (made.batch && made.space_has_past) {
    plan.note(
        "patch: a frame uses values of its own previous stage, so each stage makes a call of its "
        "own");
  }
}

void register_patch_parallel(Registry& registry) {
  registry.add({.name = "patch",
                .help = "Patch parallelism (Li et al. 2024): each rank computes a band of the "
                        "picture's rows",
                .options = patch_options(),
                .make = [](const Settings& settings) -> std::vector<AcceleratorPtr> {
                  return {std::make_shared<PatchParallel>(PatchSpec::from(settings))};
                }});
}

}  // namespace latentrt::accel
