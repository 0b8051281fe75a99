#include "estimate/text_memory.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "base/fail.hpp"
#include "estimate/need.hpp"
#include "models/transformer/llama.hpp"
#include "nn/weights/packed.hpp"

namespace latentrt::pipeline {
namespace {

std::uint64_t network_bytes(const TextModel::State& model, const TextCall& call, DType dtype) {
  const std::int64_t rows = call.items * call.plan.guidance.rows_per_picture();
  const at::Device device = model.network.device();
  NamedShapes shapes =
      nn::input_shapes(*model.network.program, {.rows = rows, .tokens = call.tokens});
  shapes[models::kLogitIndices] = {rows, call.wanted};
  const bool packed = nn::can_pack(device, dtype);
  Need need;
  for (const sampling::Part& part : call.plan.prologues)
    need = most(need, estimate_run(part.program, shapes, device, dtype, packed));
  for (const sampling::Part& variant : call.plan.variants) {
    NamedShapes given = shapes;
    if (variant.loads.empty())
      need = most(need, estimate_run(variant.program, given, device, dtype, packed));
  }
  return need.activations;
}

/// Size of the keys and values of all tokens of all rows, if the plan has a token cache.
std::uint64_t cache_bytes(const TextModel::State& model, const TextCall& call, DType dtype) {
  if (!call.plan.make_token_cache) return 0;
  const models::LlamaConfig& config = model.config;
  const std::int64_t rows = call.items * call.plan.guidance.rows_per_picture();
  const std::int64_t values = 2 * config.layers * config.kv_heads * config.head_size;
  return bytes_of(dtype) * static_cast<std::uint64_t>(rows * call.tokens * values);
}

/// Size of the int64 tensors of the rows and of the state: ids, positions, masks and similar ones.
std::uint64_t id_bytes(const TextCall& call) {
  constexpr std::uint64_t kTensors = 8;
  const std::int64_t rows = call.items * call.plan.guidance.rows_per_picture();
  return kTensors * sizeof(std::int64_t) *
         static_cast<std::uint64_t>(rows * (call.tokens + call.wanted));
}

/// Size of the random values. PyTorch's generator draws values for all tokens of an item, one item
/// after the other; the values that the call needs are kept and then concatenated.
std::uint64_t drawn_bytes(const TextCall& call, std::uint64_t logits, std::uint64_t vocabulary) {
  constexpr std::uint64_t kBytes = sizeof(double);
  if (call.prediction.temperature <= 0) return 0;
  const std::uint64_t whole =
      call.noise == NoiseKind::torch ? static_cast<std::uint64_t>(call.tokens) * vocabulary : 0;
  return kBytes * (logits + std::max(logits, whole));
}

/// Size of the logits of all rows, of the guided logits and of the temporaries of the prediction.
std::uint64_t sampling_bytes(const TextModel::State& model, const TextCall& call, DType dtype) {
  const auto vocabulary = static_cast<std::uint64_t>(model.info.vocab_size);
  const std::uint64_t logits = static_cast<std::uint64_t>(call.items * call.wanted) * vocabulary;
  const bool guided = call.plan.guidance.active();
  const std::uint64_t predicting = sampling::prediction_bytes(
      call.prediction, logits, bytes_of(dtype), drawn_bytes(call, logits, vocabulary));
  const std::uint64_t own = logits * bytes_of(dtype);
  return guided ? std::max(2 * own + 3 * own, 3 * own + predicting) : own + predicting;
}

/// Returns the changes with which the run would fit, the least drastic first.
std::vector<std::string> remedies(const TextModel::State& model, const TextCall& call,
                                  std::uint64_t limit) {
  struct Change {
    const char* words;
    NoiseKind noise;
    std::int64_t items;
    DType dtype;
  };
  const DType own = model.network.weights->placement().dtype;
  const Change changes[] = {{"the noise philox", NoiseKind::philox, call.items, own},
                            {"one prompt at a time", call.noise, 1, own},
                            {"bf16", call.noise, call.items, DType::bf16}};
  std::vector<std::string> found;
  for (const Change& change : changes) {
    TextCall changed = call;
    changed.noise = change.noise;
    changed.items = change.items;
    const std::uint64_t total = estimate_text_memory(model, changed, change.dtype).total();
    if (total <= limit)
      found.push_back(
          fmt::format("{} ({:.0f} MiB)", change.words, static_cast<double>(total) / kMebibyte));
  }
  return found;
}

}  // namespace

MemoryEstimate estimate_text_memory(const TextModel::State& model, const TextCall& call,
                                    DType dtype) {
  const bool own = dtype == model.network.weights->placement().dtype;
  return {
      .weights = own ? model.info.bytes : model.info.parameters * bytes_of(dtype),
      .denoise = id_bytes(call) + cache_bytes(model, call, dtype) +
                 std::max(network_bytes(model, call, dtype), sampling_bytes(model, call, dtype)),
      .allocator = kAllocatorBytes};
}

void check_text_memory(const TextModel::State& model, const TextCall& call, std::uint64_t limit) {
  if (limit == 0) return;
  const std::uint64_t needed =
      estimate_text_memory(model, call, model.network.weights->placement().dtype).total();
  if (needed <= limit) return;
  const auto ways = remedies(model, call, limit);
  fail(Code::invalid_argument, "the run needs about {:.0f} MiB, and {:.0f} MiB are allowed; {}",
       static_cast<double>(needed) / kMebibyte, static_cast<double>(limit) / kMebibyte,
       ways.empty() ? "only shorter or fewer answers, or a smaller model, would fit"
                    : fmt::format("what would fit: {}", fmt::join(ways, ", ")));
}

}  // namespace latentrt::pipeline
