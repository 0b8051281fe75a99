#include "accel/block_cache/block_cache.hpp"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "accel/block_cache/cached_tokens.hpp"
#include "accel/registry.hpp"
#include "base/fail.hpp"
#include "sampling/plan_builder.hpp"

namespace latentrt::accel {
namespace {

using MaskedPtr = std::shared_ptr<const sampling::Masked>;

constexpr int kMaxRefresh = 1'000'000, kDelayedRefresh = 8;

std::vector<OptionSpec> block_options() {
  return {choice_option("kind", "prefix", {"prefix", "dual"},
                        "What the later steps of a block compute: the block and all tokens after "
                        "it, or the block only"),
          whole_option("refresh", 0, 0, kMaxRefresh,
                       "Compute all tokens on one step of a block in this many: 1 is the run "
                       "without a cache, bit for bit; 0: on the first step of each block only")};
}

std::vector<OptionSpec> delayed_options() {
  return {whole_option("refresh", kDelayedRefresh, 1, kMaxRefresh,
                       "Compute all tokens on one step in this many: 1 is the run without a cache, "
                       "bit for bit")};
}

AcceleratorPtr block_cache_from(const Settings& settings) {
  const bool dual = settings.text("kind") == "dual";
  return std::make_shared<BlockCache>(CacheSpec{.kind = dual ? CacheKind::dual : CacheKind::prefix,
                                                .refresh = settings.whole("refresh")});
}

AcceleratorPtr delayed_cache_from(const Settings& settings) {
  return std::make_shared<BlockCache>(
      CacheSpec{.kind = CacheKind::delayed, .refresh = settings.whole("refresh")});
}

/// Whether every block takes one step, so that every step is the first of its block.
bool has_blocks_of_one_step(const sampling::MaskedOptions& options) {
  return !options.policy->schedule().empty() && options.blocks.steps_per_block() == 1;
}

}  // namespace

void BlockCache::check(const sampling::Masked& process, const nn::Program& network) const {
  check_tokens_are_apart(network, name());
  if (spec_.kind == CacheKind::delayed || !process.options().policy->edits_finished_blocks())
    return;
  fail(Code::invalid_argument,
       "{} keeps keys and values of finished blocks, and the policy may mask their tokens again: "
       "set its scope=block (rcr:scope=block), or use dkv",
       name());
}

void BlockCache::contribute(PlanBuilder& plan) const {
  sampling::Plan& made = plan.state().plan;
  const auto process = std::dynamic_pointer_cast<const sampling::Masked>(made.process);
  if (!process)
    fail(Code::invalid_argument, "{} works with masked diffusion language models only", name());
  check(*process, sampling::body_of(plan));
  if (spec_.refresh == 1) {
    plan.note(
        fmt::format("{}: refresh=1 computes all tokens on every step, which is the run without it "
                    "and no faster",
                    name()));
    return;
  }
  if (spec_.kind != CacheKind::delayed && has_blocks_of_one_step(process->options()))
    plan.note(fmt::format(
        "{}: each block takes one step, which computes all tokens: nothing is gained", name()));
  made.make_token_cache = [process, spec = spec_](const sampling::Plan& of) {
    return std::make_unique<CachedTokens>(of.denoiser,
                                          make_token_choice(*process, spec.kind, spec.refresh));
  };
}

void register_block_cache(Registry& registry) {
  registry.add({.name = "blockcache",
                .help = "Keys and values of other blocks of an answer are those of an earlier "
                        "step (Wu et al. 2025, Fast-dLLM); approximate",
                .options = block_options(),
                .make = [](const Settings& settings) -> std::vector<AcceleratorPtr> {
                  return {block_cache_from(settings)};
                }});
  registry.add({.name = "dkv",
                .help = "Keys and values of committed tokens of an answer are those of an earlier "
                        "step, from the second step after (Ma et al. 2025, dKV-Cache); approximate",
                .options = delayed_options(),
                .make = [](const Settings& settings) -> std::vector<AcceleratorPtr> {
                  return {delayed_cache_from(settings)};
                }});
}

}  // namespace latentrt::accel
