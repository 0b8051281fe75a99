#pragma once
/// Output of `latentrt info` for language models.

#include <CLI/CLI.hpp>
#include <latentrt/text.hpp>
#include <nlohmann/json_fwd.hpp>

namespace latentrt::cli {

nlohmann::ordered_json to_json(const TextModelInfo& info);
void print(const TextModelInfo& info);

/// Flags for the size of the run whose memory `info --memory` estimates.
struct TextSizeFlags {
  std::int64_t prompt_tokens = 128;
  TextOptions options;

  void add_to(CLI::App& command);
  MemoryEstimate estimate(const TextModel& model, int batch, double guidance) const;
};

/// Returns the estimate of a run of a language model as JSON, including the memory of the process
/// itself.
nlohmann::ordered_json to_json_of_text(const MemoryEstimate& estimate);
void print_of_text(const MemoryEstimate& estimate);

}  // namespace latentrt::cli
