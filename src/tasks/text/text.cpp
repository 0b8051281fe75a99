/// Sampling of answers with masked diffusion language models.

#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <latentrt/text.hpp>
#include <numeric>
#include <utility>

#include "accel/registry.hpp"
#include "base/check_range.hpp"
#include "base/fail.hpp"
#include "base/stopwatch.hpp"
#include "device/on_device.hpp"
#include "estimate/text_memory.hpp"
#include "pipeline/language_model_state.hpp"
#include "sampling/masked/masked.hpp"
#include "sampling/plan.hpp"
#include "sampling/run.hpp"
#include "tasks/text/batch.hpp"
#include "tasks/text/columns.hpp"
#include "tasks/text/teller.hpp"

namespace latentrt {
namespace pipeline {
namespace {

constexpr std::size_t kMaxPrompts = 1024;

sampling::SuppressEnds suppression_of(EndSuppression ends) {
  switch (ends) {
    case EndSuppression::none:
      return sampling::SuppressEnds::off;
    case EndSuppression::logits:
      return sampling::SuppressEnds::logits;
    case EndSuppression::confidence:
      return sampling::SuppressEnds::confidence;
    case EndSuppression::reference:
      return sampling::SuppressEnds::reference;
  }
  return sampling::SuppressEnds::off;
}

void check_options(const TextModelInfo& model, const TextOptions& options) {
  constexpr double kMaxTemperature = 1000, kMaxGuidance = 1000;
  constexpr std::int64_t kMaxSteps = 1 << 20;
  if (options.gen_length > model.context_length)
    fail(Code::invalid_argument, "an answer of {} tokens is longer than the model's context of {}",
         options.gen_length, model.context_length);
  if (options.steps > kMaxSteps)
    fail(Code::invalid_argument, "{} steps are more than {}", options.steps, kMaxSteps);
  check_range("temperature", options.temperature, 0, kMaxTemperature);
  check_range("top_p", options.top_p, 0, 1);
  check_range("top_k", options.top_k, 0, std::numeric_limits<int>::max());
  check_range("guidance", options.guidance, -kMaxGuidance, kMaxGuidance);
  if (!model.mask_id)
    fail(Code::invalid_argument, "the model's files name no mask token: give its id");
  if (options.suppress_ends != EndSuppression::none && !model.end_id)
    fail(Code::invalid_argument, "the model's files name no token that ends an answer");
}

sampling::MaskedOptions masked_options(const TextModel::State& model, const TextOptions& options) {
  check_options(model.info, options);
  return {.blocks = {options.gen_length, options.block_length, options.steps},
          .prediction = {.mask_id = *model.info.mask_id,
                         .temperature = options.temperature,
                         .top_k = options.top_k,
                         .top_p = options.top_p,
                         .suppress = suppression_of(options.suppress_ends),
                         .end_id = model.info.end_id.value_or(-1),
                         .turn_end_id = model.info.turn_end_id.value_or(-1)},
          .policy = sampling::all_policies().make(options.policy),
          .shifted = model.family->shifted,
          .early_stop = options.early_stop};
}

std::vector<AcceleratorPtr> accelerators_of(const TextOptions& options) {
  const auto made =
      accel::make_accelerators({options.accelerators.begin(), options.accelerators.end()});
  for (const AcceleratorPtr& accelerator : made) {
    if (accelerator->axis() == Axis::depth) continue;
    fail(Code::invalid_argument,
         "accelerator '{}' works on the {} axis; texts have those of the depth axis (blockcache, "
         "dkv)",
         accelerator->name(), name_of(accelerator->axis()));
  }
  return made;
}

void check_prompt_ids(const TextModelInfo& model, const TokenIds& prompt, std::size_t number) {
  for (std::size_t i = 0; i < prompt.size(); ++i) {
    if (prompt[i] < 0 || prompt[i] >= model.vocab_size)
      fail(Code::invalid_argument,
           "prompt {}: id {} at position {} is outside the vocabulary of {} tokens", number,
           prompt[i], i, model.vocab_size);
    if (prompt[i] == model.mask_id)
      fail(Code::invalid_argument, "prompt {}: the id at position {} is the mask, {}", number, i,
           prompt[i]);
  }
}

void check_request(const TextModelInfo& model, const TextRequest& request,
                   std::int64_t gen_length) {
  const std::size_t count = request.prompts.size();
  if (count < 1 || count > kMaxPrompts)
    fail(Code::invalid_argument, "{} prompts are outside 1 to {}", count, kMaxPrompts);
  if (!request.seeds.empty() && request.seeds.size() != count)
    fail(Code::invalid_argument, "{} seeds for {} prompts: there must be one a prompt",
         request.seeds.size(), count);
  for (std::size_t i = 0; i < count; ++i) {
    const TokenIds& prompt = request.prompts[i];
    if (std::ssize(prompt) > model.context_length - gen_length)
      fail(Code::invalid_argument,
           "prompt {} of {} tokens and an answer of {} are longer than the model's context of {}",
           i + 1, prompt.size(), gen_length, model.context_length);
    check_prompt_ids(model, prompt, i + 1);
  }
}

/// Returns one seed for each prompt, so that the random values of an answer do not depend on the
/// other answers.
std::vector<std::uint64_t> seeds_of(const TextRequest& request) {
  if (!request.seeds.empty()) return request.seeds;
  std::vector<std::uint64_t> seeds(request.prompts.size());
  std::iota(seeds.begin(), seeds.end(), request.seed);
  return seeds;
}

void report_cache(const sampling::TokenCounts& counts, TextResult& result) {
  result.forwards = counts.forwards;
  result.rows = counts.rows;
  result.cached = static_cast<double>(counts.cached) / static_cast<double>(counts.tokens);
  result.cache_bytes = counts.bytes;
  if (counts.cached == 0 && result.notes.empty())
    result.notes.emplace_back(
        "every step computed all tokens, so that the cache was never read: nothing was gained");
}

}  // namespace
}  // namespace pipeline

struct TextSampler::State {
  State(TextModel the_model, const TextOptions& the_options)
      : model(std::move(the_model)),
        options(the_options),
        process(std::make_shared<const sampling::Masked>(
            pipeline::masked_options(*model.state(), options))),
        plan(sampling::make_plan(model.state()->network, process,
                                 {.scale = options.guidance, .below_one = true},
                                 pipeline::accelerators_of(options))),
        session(plan) {}

  /// Sets the state of the run before its first step.
  void begin(const TextRequest& request, const pipeline::TextBatch& batch) {
    const std::vector<std::uint64_t> seeds = pipeline::seeds_of(request);
    session.begin(seeds);
    if (options.noise == NoiseKind::philox)
      session.noise = std::make_unique<sampling::PhiloxNoise>(seeds);
    session.state["ids"] = batch.ids;
    session.state["padding"] = batch.padding;
    if (!request.predictions) return;
    session.state[sampling::kPredicted] = batch.ids;
    session.state[sampling::kConfidence] = at::zeros_like(batch.ids, at::kDouble);
  }

  sampling::ProgressCallback telling(const TextObserver& on_step) {
    if (!on_step) return {};
    return [this, teller = pipeline::StepTeller(on_step, *model.info().mask_id, options.gen_length,
                                                session.state)](
               const sampling::Progress& progress) mutable { teller(progress, session.state); };
  }

  TextResult run(const TextRequest& request, const TextObserver& on_step) {
    const pipeline::TextBatch batch = pipeline::make_text_batch(
        request, options.gen_length, *model.info().mask_id, plan->denoiser.device());
    begin(request, batch);
    Stopwatch watch;
    sampling::run_steps(session, pipeline::text_conditioning(batch, plan->guidance.active()),
                        telling(on_step));
    return result(watch.lap());
  }

  TextResult result(double seconds) const {
    TextResult made{.answers = pipeline::last_columns<std::int64_t>(session.state.at("ids"),
                                                                    options.gen_length),
                    .forwards = session.calls,
                    .rows = session.calls_rows,
                    .notes = plan->notes,
                    .seconds = seconds};
    if (session.token_cache) pipeline::report_cache(session.token_cache->counts(), made);
    made.tokens_per_forward =
        static_cast<double>(options.gen_length) / static_cast<double>(made.forwards);
    return made;
  }

  /// Returns the size of the largest call of a run of this request.
  pipeline::TextCall largest_call(const TextRequest& request) const {
    const auto longest = std::ranges::max(request.prompts, {}, &TokenIds::size).size();
    return {.plan = *plan,
            .prediction = process->options().prediction,
            .items = std::ssize(request.prompts),
            .tokens = static_cast<std::int64_t>(longest) + options.gen_length,
            .wanted = request.predictions ? options.gen_length : options.block_length,
            .noise = options.noise};
  }

  TextModel model;
  TextOptions options;
  std::shared_ptr<const sampling::Masked> process;
  std::shared_ptr<const sampling::Plan> plan;
  sampling::SessionState session;
};

TextSampler::TextSampler(const TextModel& model, const TextOptions& options)
    : state_(std::make_unique<State>(model, options)) {}
TextSampler::~TextSampler() = default;
TextSampler::TextSampler(TextSampler&&) noexcept = default;
TextSampler& TextSampler::operator=(TextSampler&&) noexcept = default;

void TextSampler::check(const TextRequest& request) const {
  pipeline::check_request(state_->model.info(), request, state_->options.gen_length);
  pipeline::check_text_memory(*state_->model.state(), state_->largest_call(request),
                              request.max_memory_bytes);
}

MemoryEstimate TextSampler::memory(const TextRequest& request) const {
  const TextModel::State& model = *state_->model.state();
  pipeline::check_request(model.info, request, state_->options.gen_length);
  return pipeline::estimate_text_memory(model, state_->largest_call(request),
                                        model.network.weights->placement().dtype);
}

TextResult TextSampler::run(const TextRequest& request, const TextObserver& on_step) {
  const TextModel::State& model = *state_->model.state();
  check(request);
  if (model.structure_only)
    fail(Code::invalid_argument, "the model was loaded without its weights (structure_only)");
  return on_device(*model.context, "text", [&] { return state_->run(request, on_step); });
}

std::vector<NamedOptions> describe_text_policies() {
  const sampling::PolicyTable table = sampling::all_policies();
  std::vector<NamedOptions> all;
  for (const sampling::PolicyKind& kind : table.kinds())
    all.push_back({kind.name, kind.help, describe(kind.options)});
  return all;
}

}  // namespace latentrt
