#pragma once
/// The flags of the commands that make pictures.

#include <CLI/CLI.hpp>
#include <cstdint>
#include <latentrt/sampler.hpp>
#include <latentrt/samples.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cli/support/model_flags.hpp"
#include "cli/support/neighbour_flags.hpp"
#include "cli/support/number_flags.hpp"
#include "cli/support/rank_flags.hpp"

namespace latentrt::cli {

/// What a command starts from in addition to noise.
enum class StartFrom { noise, picture, masked_picture };

struct RunFlags {
  ModelFlags model;
  std::string prompt, scheduler;
  std::optional<std::string> negative;
  bool weighted_prompts = false, long_prompts = false;
  int width = 0, height = 0, batch = 1;
  std::optional<int> steps;
  std::optional<double> guidance;
  double guidance_rescale = 0, guidance_start = 0, guidance_stop = 1, strength = 1;
  std::vector<double> timesteps, sigmas;
  Seed seed;
  std::string noise = "torch";
  std::vector<std::uint64_t> seeds;
  int clip_skip = 0;
  std::string image, out = "out.png", latents, embeds, save_latents;
  NeighbourFlags neighbours;
  std::vector<std::string> accel;
  RankFlags ranks;
  VaeOptions vae;
  std::uint64_t max_memory = 0;
  bool json = false;
  StartFrom start = StartFrom::noise;
  bool from_image() const { return start != StartFrom::noise; }

  /// Flags that determine the plan.
  void add_plan_flags_to(CLI::App& app);
  /// The other flags of a run, in addition to those of its size or batch: flags for its outputs,
  /// and all remaining ones.
  void add_prompt_flags_to(CLI::App& app);
  void add_run_flags_to(CLI::App& app);
  /// The subset of the run flags that determines its memory.
  void add_size_flags_to(CLI::App& app);
  /// As above, without width and height.
  void add_batch_flags_to(CLI::App& app);

  SamplerOptions sampler_options() const;
  int picture_count() const;
  std::uint64_t seed_of(std::size_t picture) const;
  std::vector<AcceleratorChoice> accelerators() const;
  /// Parts of the model's files and of the prompts that have no effect.
  std::vector<std::string> warnings(const Pipeline& pipeline, double scale) const;

  /// Reads the files that the flags name. Throws Error(invalid_argument, ...) for flags that
  /// contradict each other.
  Request request() const;
  /// As above, for commands without a prompt.
  SampleSettings settings() const;
};

}  // namespace latentrt::cli
