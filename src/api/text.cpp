/// The C interface of language models.
#include <latentrt/latentrt.h>

#include <algorithm>
#include <latentrt/text.hpp>
#include <span>
#include <utility>

#include "api/cancel.hpp"
#include "api/guarded.hpp"
#include "base/fail.hpp"

struct lrt_text_model {
  latentrt::TextModel model;
};

namespace latentrt {
namespace {

using api::completed;
using api::require;
using api::text_or;

constexpr std::int64_t kNone = -1;

EndSuppression ends_of(std::int32_t ends) {
  switch (ends) {
    case LRT_ENDS_PLAIN:
      return EndSuppression::none;
    case LRT_ENDS_NOT_PREDICTED:
      return EndSuppression::logits;
    case LRT_ENDS_COMMITTED_LAST:
      return EndSuppression::confidence;
    case LRT_ENDS_AS_THE_REFERENCE:
      return EndSuppression::reference;
    default:
      fail(Code::invalid_argument, "options.ends {} is not a value of lrt_ends", ends);
  }
}

TextOptions text_options(const lrt_text_options& given) {
  TextOptions options;
  if (given.gen_length != 0) options.gen_length = given.gen_length;
  if (given.block_length != 0) options.block_length = given.block_length;
  options.steps = given.steps == 0 ? options.gen_length : given.steps;
  if (given.policy != nullptr) options.policy = Spec::parse(given.policy);
  options.temperature = given.temperature;
  if (given.top_p != 0) options.top_p = given.top_p;
  options.top_k = given.top_k;
  options.suppress_ends = ends_of(given.ends);
  if (given.guidance != nullptr) options.guidance = *given.guidance;
  if (given.philox != 0) options.noise = NoiseKind::philox;
  options.early_stop = given.early_stop != 0;
  return options;
}

TextRequest text_request(const lrt_text_options& given, const lrt_text_prompt* prompts,
                         std::size_t count) {
  require(prompts, "prompts");
  TextRequest request{.seed = given.seed,
                      .predictions = given.predictions != 0,
                      .max_memory_bytes = given.max_memory_bytes};
  for (const lrt_text_prompt& prompt : std::span(prompts, count)) {
    if (prompt.count > 0) require(prompt.ids, "prompts.ids");
    request.prompts.emplace_back(prompt.ids, prompt.ids + prompt.count);
  }
  return request;
}

/// Rows one after the other.
template <class Value>
std::vector<Value> joined(const std::vector<std::vector<Value>>& rows) {
  std::vector<Value> all;
  for (const std::vector<Value>& row : rows) all.insert(all.end(), row.begin(), row.end());
  return all;
}

template <class Value>
const Value* data_or_null(const std::vector<Value>& values) {
  return values.empty() ? nullptr : values.data();
}

/// Whether the caller goes on.
bool tell(const lrt_text_options& given, const TextStep& step) {
  const auto ids = joined(step.answers), before = joined(step.before),
             predictions = joined(step.predictions);
  const auto confidence = joined(step.confidence);
  const lrt_text_step told{.size = sizeof told,
                           .step = step.step,
                           .steps = step.steps,
                           .answers = step.answers.size(),
                           .gen_length = std::ssize(step.answers.front()),
                           .mask_id = step.mask_id,
                           .ids = ids.data(),
                           .before = before.data(),
                           .predictions = data_or_null(predictions),
                           .confidence = data_or_null(confidence),
                           .seconds = step.seconds};
  return given.on_step(given.user, &told) == 0;
}

/// Calls the caller, who may end the run.
TextResult run(const TextModel& model, const lrt_text_options& given, const TextRequest& request) {
  CancelFlag refused;
  const api::CallersScope callers(given.cancel);
  const CancelScope own(refused);
  TextObserver observer;
  if (given.on_step != nullptr)
    observer = [&](const TextStep& step) {
      if (!tell(given, step)) refused.cancel();
    };
  return TextSampler(model, text_options(given)).run(request, observer);
}

/// A number of values next to what there is room for; whether they are to be written.
bool fits(std::size_t needed, std::size_t* told, std::size_t capacity, const void* dst,
          const char* name) {
  if (told != nullptr) *told = needed;
  if (dst == nullptr) return false;
  if (needed > capacity)
    fail(Code::invalid_argument, "{} has room for {} values, and there are {}", name, capacity,
         needed);
  return true;
}

}  // namespace
}  // namespace latentrt

using namespace latentrt;
using api::guarded;

lrt_status lrt_text_load(const lrt_text_model_options* options, lrt_text_model** model) {
  return guarded([&] {
    require(model, "model");
    *model = nullptr;
    const lrt_text_model_options given = completed(options, "options");
    require(given.model, "options.model");
    const api::CallersScope callers(given.cancel);
    TextModelOptions wanted{.dtype = dtype_from_name(text_or(given.dtype, "fp32")),
                            .structure_only = given.structure_only != 0};
    if (given.mask_id != nullptr) wanted.mask_id = *given.mask_id;
    const Context context =
        Context::create({.device = text_or(given.device, "cpu"), .threads = given.threads});
    *model = new lrt_text_model{TextModel::load(context, given.model, wanted)};
    return LRT_OK;
  });
}

void lrt_text_unload(lrt_text_model* model) { delete model; }

lrt_status lrt_text_describe(const lrt_text_model* model, lrt_text_info* info) {
  return guarded([&] {
    require(model, "model");
    const std::size_t size = completed(info, "info").size;
    const TextModelInfo own = model->model.info();
    const lrt_text_info full{.size = size,
                             .vocab_size = own.vocab_size,
                             .context_length = own.context_length,
                             .mask_id = own.mask_id.value_or(kNone),
                             .end_id = own.end_id.value_or(kNone),
                             .turn_end_id = own.turn_end_id.value_or(kNone),
                             .parameters = own.parameters,
                             .bytes = own.bytes,
                             .has_tokenizer = own.has_tokenizer ? 1 : 0};
    std::memcpy(info, &full, size);
    return LRT_OK;
  });
}

lrt_status lrt_text_encode(const lrt_text_model* model, const char* text, std::int32_t conversation,
                           std::int64_t* ids, std::size_t capacity, std::size_t* count) {
  return guarded([&] {
    require(model, "model");
    require(text, "text");
    const TextModel& of = model->model;
    const TokenIds made = of.encode(conversation != 0 ? of.as_conversation(text) : text);
    if (fits(made.size(), count, capacity, ids, "ids")) std::ranges::copy(made, ids);
    return LRT_OK;
  });
}

lrt_status lrt_text_decode(const lrt_text_model* model, const std::int64_t* ids, std::size_t count,
                           std::int32_t skip_special, char* text, std::size_t capacity,
                           std::size_t* length) {
  return guarded([&] {
    require(model, "model");
    if (count > 0) require(ids, "ids");
    const std::string made = model->model.decode(std::span(ids, count), skip_special != 0);
    if (length != nullptr) *length = made.size();
    if (fits(made.size() + 1, nullptr, capacity, text, "text"))
      std::memcpy(text, made.c_str(), made.size() + 1);
    return LRT_OK;
  });
}

lrt_status lrt_text_run(const lrt_text_model* model, const lrt_text_options* options,
                        const lrt_text_prompt* prompts, std::size_t prompt_count,
                        std::int64_t* answers, std::size_t capacity, lrt_text_result* result) {
  return guarded([&] {
    require(model, "model");
    require(answers, "answers");
    const lrt_text_options given = completed(options, "options");
    const std::size_t size = result == nullptr ? 0 : completed(result, "result").size;
    const TextRequest request = text_request(given, prompts, prompt_count);
    const auto length = static_cast<std::size_t>(text_options(given).gen_length);
    if (prompt_count > 0 && capacity / prompt_count < length)
      fail(Code::invalid_argument, "answers has room for {} ids, and there are {} answers of {}",
           capacity, prompt_count, length);
    const TextResult made = run(model->model, given, request);
    std::ranges::copy(joined(made.answers), answers);
    const lrt_text_result full{
        .size = size, .forwards = made.forwards, .rows = made.rows, .seconds = made.seconds};
    if (result != nullptr) std::memcpy(result, &full, size);
    return LRT_OK;
  });
}

lrt_status lrt_text_memory(const lrt_text_model* model, const lrt_text_options* options,
                           const lrt_text_prompt* prompts, std::size_t prompt_count,
                           std::uint64_t* bytes) {
  return guarded([&] {
    require(model, "model");
    require(bytes, "bytes");
    const lrt_text_options given = completed(options, "options");
    const TextSampler sampler(model->model, text_options(given));
    *bytes = sampler.memory(text_request(given, prompts, prompt_count)).total();
    return LRT_OK;
  });
}
