#include "sampling/masked/masked.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/argsort.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros_like.h>
#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/fail.hpp"

namespace latentrt::sampling {
namespace {

/// Returns a column [items,1] with one value for each item, of the type and device of `ids`.
at::Tensor column(const std::vector<std::int64_t>& values, const at::Tensor& ids) {
  return at::tensor(values, ids.options()).unsqueeze(1);
}

at::Tensor token_indices(const at::Tensor& ids) { return at::arange(ids.size(1), ids.options()); }

std::vector<std::int64_t> to_vector(const at::Tensor& row) {
  const at::Tensor host = row.to(at::kCPU).contiguous();
  const auto* const data = host.const_data_ptr<std::int64_t>();
  return {data, data + host.numel()};
}

/// Stores the predictions of the call for masks in the state; the other tokens keep their ids.
void keep_predictions(State& state, std::int64_t mask_id, const at::Tensor& places,
                      const Predictions& made) {
  const at::Tensor& ids = state.at("ids");
  const at::Tensor old = ids.gather(1, places);
  const at::Tensor masked = old.eq(mask_id);
  const at::Tensor none = at::zeros_like(ids, made.confidence.options());
  state[kPredicted] = ids.scatter(1, places, at::where(masked, made.ids, old));
  state[kConfidence] =
      none.scatter(1, places, made.confidence.masked_fill(masked.logical_not(), 0));
}

MaskedOptions checked(MaskedOptions options) {
  options.blocks.check();
  options.prediction.confidence = options.policy->confidence();
  options.prediction.tempered = options.policy->tempered();
  return options;
}

std::optional<EarlyStop> early_stop_of(const MaskedOptions& options) {
  if (!options.early_stop) return {};
  if (options.policy->edits_finished_blocks())
    fail(Code::invalid_argument,
         "an answer cannot end early under a policy that edits finished blocks; rcr leaves them "
         "as they are with scope=block");
  const PredictionOptions& prediction = options.prediction;
  std::vector<std::int64_t> ends{prediction.end_id, prediction.turn_end_id};
  std::erase_if(ends, [](std::int64_t id) { return id < 0; });
  if (ends.empty())
    fail(Code::invalid_argument,
         "an answer cannot end early: the model's files name no token that ends one");
  return EarlyStop{.mask_id = prediction.mask_id,
                   .end_ids = std::move(ends),
                   .whole_blocks = options.policy->masks_again()};
}

std::vector<std::int64_t> counts_of(const MaskedOptions& options) {
  const std::string schedule = options.policy->schedule();
  const Blocks& blocks = options.blocks;
  if (schedule.empty()) return {};
  return transfer_counts(schedule, blocks.block_length, blocks.steps_per_block());
}

}  // namespace

at::Tensor guided_logits(const Call& call, const Outputs& outputs) {
  const at::Tensor& conditional = outputs.conditional.at("logits");
  if (!outputs.unconditional.defined()) return conditional;
  return by_cohort(call.steps, [&](const Cohort& cohort) {
    const at::Tensor guided = rows_of(cohort, conditional),
                     from = rows_of(cohort, outputs.unconditional);
    return from + call.guidance.at(cohort.step).scale * (guided - from);
  });
}

Masked::Masked(MaskedOptions options)
    : options_(checked(std::move(options))),
      early_stop_(early_stop_of(options_)),
      counts_(counts_of(options_)) {}

std::size_t Masked::calls() const {
  return static_cast<std::size_t>(by_schedule() ? options_.blocks.steps
                                                : options_.blocks.gen_length);
}

bool Masked::done(const State& state, std::size_t next) const {
  if (next >= calls()) return true;
  return !by_schedule() && !state.at("ids").eq(options_.prediction.mask_id).any().item<bool>();
}

/// With a schedule all answers take the same number of steps, unless they end early.
Rows Masked::unfinished(const State& state) const {
  const at::Tensor& ids = state.at("ids");
  if (by_schedule() && !early_stop_) return row_range(0, ids.size(0));
  return to_vector(ids.eq(options_.prediction.mask_id).any(1).nonzero().squeeze(1));
}

std::size_t Masked::step_in_block(std::size_t step) const { return step % counts_.size(); }

/// Without a schedule, the current block of an item is the first one that contains a mask.
at::Tensor Masked::blocks_of(const State& state, const Call& call) const {
  const at::Tensor& ids = state.at("ids");
  const Blocks& blocks = options_.blocks;
  if (by_schedule()) {
    std::vector<std::int64_t> now;
    for (const std::size_t step : call.steps)
      now.push_back(static_cast<std::int64_t>(step / counts_.size()));
    return column(now, ids);
  }
  const at::Tensor answer = ids.narrow(1, ids.size(1) - blocks.gen_length, blocks.gen_length);
  const at::Tensor masked = answer.eq(options_.prediction.mask_id)
                                .unflatten(1, {blocks.count(), blocks.block_length})
                                .any(2);
  return masked.to(at::kLong).argmax(1, true);
}

BlockStep Masked::block_step(const State& state, const Call& call) const {
  const at::Tensor& ids = state.at("ids");
  const Blocks& blocks = options_.blocks;
  const at::Tensor begin =
      blocks_of(state, call) * blocks.block_length + (ids.size(1) - blocks.gen_length);
  BlockStep step{
      .mask_id = options_.prediction.mask_id, .begin = begin, .end = begin + blocks.block_length};
  if (!by_schedule()) return step;
  std::vector<std::int64_t> committed, left;
  for (const std::size_t at : call.steps) {
    const auto here = counts_.begin() + static_cast<std::ptrdiff_t>(step_in_block(at));
    committed.push_back(*here);
    left.push_back(std::accumulate(here + 1, counts_.end(), std::int64_t{0}));
  }
  step.committed = column(committed, ids);
  step.left = column(left, ids);
  return step;
}

/// Items with fewer open tokens than others are filled up with tokens that are not open, placed
/// after the open ones.
Candidates Masked::open_tokens(const State& state, const Call& call) const {
  const at::Tensor& ids = state.at("ids");
  const at::Tensor masked = ids.eq(options_.prediction.mask_id);
  const at::Tensor open = masked & (token_indices(ids) < block_step(state, call).end);
  const at::Tensor& wanted = state.contains(kPredicted) ? masked : open;
  const std::int64_t most = std::max<std::int64_t>(1, wanted.sum(1).max().item<std::int64_t>());
  const at::Tensor places =
      at::argsort(wanted.to(at::kLong), true, 1, true).narrow(1, 0, most).contiguous();
  return {.places = places, .open = open.gather(1, places), .ids = {}, .confidence = {}};
}

at::Tensor Masked::logit_places(const State& state, const at::Tensor& places) const {
  return options_.shifted ? (places - 1).maximum(state.at("padding").unsqueeze(1)) : places;
}

void Masked::state_inputs(const State& state, const Call& call, const nn::Network& network,
                          nn::NamedTensors& inputs) const {
  const at::Tensor& ids = state.at("ids");
  const Rows items = items_of(call.rows);
  std::vector<std::int64_t> unconditional;
  for (const Row& row : call.rows) unconditional.push_back(row.role == Role::unconditional);
  const at::Tensor in_prompt = token_indices(ids) < ids.size(1) - options_.blocks.gen_length;
  const at::Tensor hidden = column(unconditional, ids).ne(0) & in_prompt;
  inputs["input_ids"] = network.placed(
      "input_ids", select_rows(ids, items).masked_fill(hidden, options_.prediction.mask_id));
  const at::Tensor places = logit_places(state, open_tokens(state, call).places);
  inputs["logit_indices"] = network.placed("logit_indices", select_rows(places, items));
}

/// Each item draws random values for its own tokens only, so that they do not depend on its
/// padding.
Predictions Masked::predictions(const State& state, const Call& call, const at::Tensor& logits,
                                const at::Tensor& places, NoiseSource& noise) const {
  const at::Tensor own = places - state.at("padding").unsqueeze(1);
  const auto draw = [&](Root root, std::int64_t columns, at::ScalarType type) {
    std::vector<at::Tensor> items;
    for (std::int64_t item = 0; item < call.items(); ++item) {
      const NoiseRows rows{
          .item = static_cast<std::size_t>(item),
          .rows = state.at("ids").size(1) - state.at("padding")[item].item<std::int64_t>(),
          .columns = columns,
          .wanted = to_vector(own[item].clamp_min(0)),
          .type = type};
      items.push_back(noise.draw_uniform(rows, {root, call.steps[static_cast<std::size_t>(item)]}));
    }
    return at::stack(items).to(logits.device());
  };
  return predict(
      logits, options_.prediction, [&] { return draw(Root::tokens, logits.size(2), at::kDouble); },
      [&] { return draw(Root::order, 1, at::kFloat).squeeze(2); });
}

void Masked::advance(State& state, const Call& call, const Outputs& outputs,
                     NoiseSource& noise) const {
  Candidates candidates = open_tokens(state, call);
  Predictions made =
      predictions(state, call, guided_logits(call, outputs), candidates.places, noise);
  if (state.contains(kPredicted))
    keep_predictions(state, options_.prediction.mask_id, candidates.places, made);
  candidates.ids = std::move(made.ids);
  candidates.confidence = made.confidence.masked_fill(candidates.open.logical_not(),
                                                      -std::numeric_limits<double>::infinity());
  options_.policy->transfer(state, block_step(state, call), candidates);
  if (early_stop_) end_answers(state, options_.blocks, *early_stop_);
}

at::Tensor Masked::estimate(const State& before, const Call& call, const Outputs& outputs) const {
  State filled = before;
  Candidates candidates = open_tokens(before, call);
  candidates.ids = guided_logits(call, outputs).argmax(-1);
  commit(filled, candidates, candidates.open);
  return filled.at("ids");
}

std::string Masked::describe() const {
  const Blocks& blocks = options_.blocks;
  const std::string steps = by_schedule() ? fmt::format("{} steps each", blocks.steps_per_block())
                                          : "as many steps as each needs";
  return fmt::format("answer: {} tokens in {} blocks of {}, {}\n", blocks.gen_length,
                     blocks.count(), blocks.block_length, steps);
}

}  // namespace latentrt::sampling
