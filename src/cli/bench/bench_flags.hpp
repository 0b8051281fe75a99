#pragma once
/// The flags of latentrt-bench.

#include <CLI/CLI.hpp>
#include <latentrt/spec.hpp>
#include <latentrt/text.hpp>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cli/support/model_flags.hpp"
#include "cli/support/rank_flags.hpp"

namespace latentrt::cli {

/// Of language models.
struct TextBenchFlags {
  TextOptions options{.gen_length = 32, .block_length = 32};
  std::int64_t prompt_tokens = 128;
  int answers = 1;
  std::vector<std::string> policies{"low_confidence", "threshold"};

  void add_to(CLI::App& app);
};

struct BenchFlags {
  std::string config = "shapes", model, accel, pack_cache;
  std::vector<std::string> what;
  int width = 0, height = 0, batch = 2, runs = 5, steps = 20;
  bool json = false, profile = false, no_pickle = false;
  DeviceFlags device;
  RankFlags ranks;
  TextBenchFlags text;

  void add_to(CLI::App& app);
  /// The profile of the unet, and of the vae if `what` includes it.
  void add_profiles();

  bool is_of_text() const;  ///< the model is a language model
  /// Where --what is not given: the denoiser, or answers.
  void complete();

  Pipeline open_pipeline() const;
  /// What is timed: the directory of a model, or the name of an architecture.
  const std::string& model_name() const { return model.empty() ? config : model; }
  TextModel open_text_model() const;
  /// For one call of the unet. If it shares a picture between ranks, the timed steps are stale ones
  /// unless the spec says otherwise.
  std::optional<Spec> accelerator() const;
  bool is_shared() const;  ///< work is shared between ranks
  /// The beginning of a report, with sizes as in the flags.
  nlohmann::ordered_json subject() const;
};

}  // namespace latentrt::cli
