#pragma once
/// What `info` says of a language model.

#include <CLI/CLI.hpp>
#include <latentrt/text.hpp>
#include <nlohmann/json_fwd.hpp>

namespace latentrt::cli {

nlohmann::ordered_json to_json(const TextModelInfo& info);
void print(const TextModelInfo& info);

/// The size of a run whose memory `info --memory` estimates.
struct TextSizeFlags {
  std::int64_t prompt_tokens = 128;
  TextOptions options;

  void add_to(CLI::App& command);
  MemoryEstimate estimate(const TextModel& model, int batch, double guidance) const;
};

/// Of a run of a language model; with the process itself.
nlohmann::ordered_json to_json_of_text(const MemoryEstimate& estimate);
void print_of_text(const MemoryEstimate& estimate);

}  // namespace latentrt::cli
