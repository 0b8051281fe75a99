#include "cli/latentrt/text_info.hpp"

#include <fmt/format.h>

#include <latentrt/error.hpp>
#include <nlohmann/json.hpp>

#include "cli/support/process.hpp"

namespace latentrt::cli {
namespace {

constexpr int kMaxBatch = 1024;
constexpr double kMebibyte = 1024.0 * 1024.0;

nlohmann::ordered_json or_null(const std::optional<std::int64_t>& id) {
  return id ? nlohmann::ordered_json(*id) : nlohmann::ordered_json();
}

std::string or_none(const std::optional<std::int64_t>& id) {
  return id ? fmt::format("{}", *id) : "none";
}

}  // namespace

nlohmann::ordered_json to_json(const TextModelInfo& info) {
  return {{"family", info.family},
          {"model_type", info.model_type},
          {"vocab_size", info.vocab_size},
          {"hidden_size", info.hidden_size},
          {"layers", info.layers},
          {"heads", info.heads},
          {"kv_heads", info.kv_heads},
          {"context_length", info.context_length},
          {"parameters", info.parameters},
          {"bytes", info.bytes},
          {"mask_id", or_null(info.mask_id)},
          {"end_id", or_null(info.end_id)},
          {"turn_end_id", or_null(info.turn_end_id)},
          {"tokenizer", info.has_tokenizer}};
}

void print(const TextModelInfo& info) {
  constexpr double kMillion = 1e6;
  fmt::print("{} (model type {}), a masked diffusion language model\n", info.family,
             info.model_type);
  fmt::print("{} layers of {} channels, {} heads, {} of keys and values, up to {} tokens\n",
             info.layers, info.hidden_size, info.heads, info.kv_heads, info.context_length);
  fmt::print("a vocabulary of {} tokens; the mask is {}, an answer ends with {}, a turn with {}\n",
             info.vocab_size, or_none(info.mask_id), or_none(info.end_id),
             or_none(info.turn_end_id));
  fmt::print("{}\n", info.has_tokenizer ? "prompts are texts or token ids"
                                        : "without a tokenizer: prompts are token ids");
  fmt::print("{:.2f} M parameters, {:.1f} MiB\n", static_cast<double>(info.parameters) / kMillion,
             static_cast<double>(info.bytes) / kMebibyte);
}

void TextSizeFlags::add_to(CLI::App& command) {
  const auto add = [&](const char* flag, std::int64_t& value, const char* help) {
    command.add_option(flag, value, help)->capture_default_str();
  };
  add("--prompt-tokens", prompt_tokens, "for --memory of a language model: tokens of a prompt");
  add("--gen-length", options.gen_length, "likewise: tokens of an answer");
  add("--block", options.block_length, "likewise: tokens of a block");
  command.add_option("--temperature", options.temperature, "likewise: 0 draws no random values")
      ->capture_default_str();
}

MemoryEstimate TextSizeFlags::estimate(const TextModel& model, int batch, double guidance) const {
  const TextModelInfo info = model.info();
  if (prompt_tokens < 0 || prompt_tokens > info.context_length)
    throw Error(Code::invalid_argument,
                fmt::format("--prompt-tokens {} is outside 0 to the model's context of {}",
                            prompt_tokens, info.context_length));
  if (batch < 1 || batch > kMaxBatch)
    throw Error(Code::invalid_argument,
                fmt::format("--batch {} is outside 1 to {}", batch, kMaxBatch));
  TextOptions all = options;
  all.guidance = guidance;
  all.steps = options.gen_length;
  TextRequest request;  // whose prompts are padded to the first one
  request.prompts.resize(static_cast<std::size_t>(batch));
  request.prompts[0].assign(static_cast<std::size_t>(prompt_tokens), info.mask_id == 0 ? 1 : 0);
  return TextSampler(model, all).memory(request);
}

nlohmann::ordered_json to_json_of_text(const MemoryEstimate& estimate) {
  const std::uint64_t process = peak_memory_bytes();
  return {{"weights_bytes", estimate.weights},
          {"step_bytes", estimate.denoise},
          {"process_bytes", process},
          {"total_bytes", estimate.total() + process}};
}

void print_of_text(const MemoryEstimate& estimate) {
  const auto line = [](const char* what, std::uint64_t bytes) {
    fmt::print("  {:<44} {:>9.1f} MiB\n", what, static_cast<double>(bytes) / kMebibyte);
  };
  fmt::print("a run takes\n");
  line("weights", estimate.weights);
  line("in addition: the largest step", estimate.denoise);
  line("what the allocator keeps", estimate.allocator);
  line("the process itself", peak_memory_bytes());
  line("peak of the whole run", estimate.total() + peak_memory_bytes());
}

}  // namespace latentrt::cli
