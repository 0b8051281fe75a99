#pragma once
/// The flags of latentrt-bench.

#include <CLI/CLI.hpp>
#include <latentrt/spec.hpp>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cli/support/model_flags.hpp"
#include "cli/support/rank_flags.hpp"

namespace latentrt::cli {

struct BenchFlags {
  std::string config = "shapes", model, accel, pack_cache;
  std::vector<std::string> what{"unet"};
  int width = 0, height = 0, batch = 2, runs = 5, steps = 20;
  bool json = false, profile = false, no_pickle = false;
  DeviceFlags device;
  RankFlags ranks;

  void add_to(CLI::App& app);
  /// The profile of the unet, and of the vae if `what` includes it.
  void add_profiles();

  Pipeline open_pipeline() const;
  /// For one call of the unet. If it shares a picture between ranks, the timed steps are stale ones
  /// unless the spec says otherwise.
  std::optional<Spec> accelerator() const;
  bool is_shared() const;  ///< work is shared between ranks
  /// The beginning of a report, with sizes as in the flags.
  nlohmann::ordered_json subject() const;
};

}  // namespace latentrt::cli
