/// Timed runs of language models.

#include <ATen/ops/arange.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/tensor.h>

#include <latentrt/benchmark.hpp>

#include "base/check_range.hpp"
#include "bench/timed_runs.hpp"
#include "device/on_device.hpp"
#include "models/transformer/llama.hpp"
#include "nn/program/peak_memory.hpp"
#include "nn/weights/packed.hpp"
#include "nn/weights/scalar_type.hpp"
#include "pipeline/language_model_state.hpp"
#include "sampling/noise.hpp"

namespace latentrt {
namespace {

constexpr std::uint64_t kSeed = 1;
constexpr int kMostAnswers = 1024;

void check(const TextModelInfo& model, std::int64_t tokens, int answers) {
  check_range("answers", answers, 1, kMostAnswers);
  check_range("tokens", static_cast<double>(tokens), 1, static_cast<double>(model.context_length));
}

/// Returns random ids of the vocabulary, without the mask's.
TokenIds random_ids(const TextModelInfo& model, std::int64_t count) {
  at::Generator generator = sampling::make_generator(kSeed);
  const at::Tensor drawn =
      at::randint(model.vocab_size - 1, {count}, generator, at::TensorOptions(at::kLong));
  const auto* const data = drawn.const_data_ptr<std::int64_t>();
  TokenIds ids(data, data + count);
  for (std::int64_t& id : ids)
    if (id == model.mask_id) id = model.vocab_size - 1;
  return ids;
}

nn::NamedTensors call_inputs(const TextModel::State& model, std::int64_t tokens,
                             std::int64_t wanted, std::int64_t rows) {
  const at::TensorOptions options(at::kLong);
  const TokenIds ids = random_ids(model.info, tokens);
  const auto all_rows = [&](const at::Tensor& row) { return row.expand({rows, row.size(0)}); };
  const at::Tensor places = at::arange(tokens, options);
  nn::NamedTensors inputs{{models::kInputIds, all_rows(at::tensor(ids, options))},
                          {models::kPositionIds, all_rows(places)},
                          {models::kAttentionMask, at::ones({rows, tokens}, options)},
                          {models::kLogitIndices, all_rows(places.slice(0, tokens - wanted))}};
  for (auto& [name, value] : inputs) value = model.network.placed(name, value.contiguous());
  return inputs;
}

std::uint64_t call_bytes(const TextModel::State& model, std::int64_t tokens, std::int64_t wanted,
                         std::int64_t rows) {
  const nn::Program& program = *model.network.program;
  const nn::WeightPlacement& placement = model.network.weights->placement();
  auto shapes = nn::input_shapes(program, {.rows = rows, .tokens = tokens});
  shapes[models::kLogitIndices] = {rows, wanted};
  return nn::peak_activation_bytes(program, nn::infer_shapes(program, shapes),
                                   at::elementSize(nn::scalar_type(placement.dtype)),
                                   nn::can_pack(placement.device, placement.dtype));
}

}  // namespace

AnswerTiming time_answers(const TextModel& model, const TextOptions& options,
                          std::int64_t prompt_tokens, int answers, int runs) {
  const TextModelInfo info = model.info();
  check(info, prompt_tokens, answers);
  TextSampler sampler(model, options);
  const TextRequest request{.prompts = std::vector<TokenIds>(static_cast<std::size_t>(answers),
                                                             random_ids(info, prompt_tokens)),
                            .seed = kSeed};
  AnswerTiming timing;
  timing.run = pipeline::time_runs(model.state()->network.device(), runs, [&] {
    const TextResult made = sampler.run(request);
    timing.forwards = made.forwards;
    timing.rows = made.rows;
  });
  return timing;
}

TextCallTiming time_text_call(const TextModel& model, std::int64_t tokens, std::int64_t wanted,
                              int answers, int runs) {
  const TextModel::State& state = *model.state();
  check(state.info, tokens, answers);
  check_range("wanted", static_cast<double>(wanted), 1, static_cast<double>(tokens));
  const ContextScope scope(*state.context);
  const nn::NamedTensors inputs = call_inputs(state, tokens, wanted, answers);
  return {.run = pipeline::time_runs(state.network.device(), runs,
                                     [&] { state.network.run(*state.network.program, inputs); }),
          .bytes = call_bytes(state, tokens, wanted, answers)};
}

}  // namespace latentrt
