#pragma once
/// Flags that select model and device; shared by all commands that load a model.

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
  /// Divides the cores of this machine among that many processes.
  void share_machine(int processes);
};

void add_pack_cache(CLI::App& app, std::string& folder);
void add_no_pickle(CLI::App& app, bool& refused);

struct ModelFlags {
  std::string model, config, tokenizer, variant, pack_cache, vae;
  std::vector<std::string> loras, embeddings;
  bool no_pickle = false, no_ema = false;
  DeviceFlags device;

  void add_to(CLI::App& app);
  Pipeline load() const;
  /// Checked, but without the weights: for commands that only describe.
  Pipeline load_structure() const;

 private:
  PipelineOptions options() const;
  Pipeline load_with(const PipelineOptions& options) const;
};

}  // namespace latentrt::cli
