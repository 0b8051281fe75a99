#include "cli/latentrt/text_info.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace latentrt::cli {
namespace {

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
  constexpr double kMillion = 1e6, kMebibyte = 1024.0 * 1024.0;
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

}  // namespace latentrt::cli
