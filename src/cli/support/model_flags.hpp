#pragma once
/// Flags that say which model runs where; shared by all commands that load one.

#include <CLI/CLI.hpp>
#include <latentrt/pipeline.hpp>
#include <string>
#include <vector>

namespace latentrt::cli {

struct DeviceFlags {
  std::string device = "cpu";
  std::string dtype;  ///< "": fp32 on the CPU, bf16 on a GPU
  int threads = 0;

  void add_to(CLI::App& app);
  DType chosen_dtype() const;
  Context context() const;
  /// So many processes on this machine take a part of its cores each.
  void share_machine(int processes);
};

void add_pack_cache(CLI::App& app, std::string& folder);

struct ModelFlags {
  std::string model, config, tokenizer, variant, pack_cache, vae;
  std::vector<std::string> loras, embeddings;
  DeviceFlags device;

  void add_to(CLI::App& app);
  Pipeline load() const;
  /// Checked, but without the weights: for commands that only look.
  Pipeline load_structure() const;

 private:
  PipelineOptions options() const;
  Pipeline load_with(const PipelineOptions& options) const;
};

}  // namespace latentrt::cli
