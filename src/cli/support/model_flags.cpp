#include "cli/support/model_flags.hpp"

#include <algorithm>
#include <thread>

#include "cli/support/decimal.hpp"
#include "cli/support/usage.hpp"

namespace latentrt::cli {
namespace {

/// The part after the last colon is the scale if it is a number; file names may contain colons.
Lora parsed_lora(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  const auto scale = colon == std::string::npos
                         ? std::nullopt
                         : parse_decimal<double>(std::string_view(text).substr(colon + 1));
  return scale ? Lora{text.substr(0, colon), *scale} : Lora{text};
}

/// The word is the part after the last colon; file names may contain colons.
TextualInversion parsed_embedding(const std::string& text) {
  std::error_code ignored;
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos || std::filesystem::exists(text, ignored)) return {text};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

std::vector<TextualInversion> parsed_embeddings(const std::vector<std::string>& texts) {
  std::vector<TextualInversion> inversions;
  for (const std::string& text : texts) inversions.push_back(parsed_embedding(text));
  return inversions;
}

std::vector<Lora> parsed_loras(const std::vector<std::string>& texts) {
  std::vector<Lora> loras;
  for (const std::string& text : texts) loras.push_back(parsed_lora(text));
  return loras;
}

}  // namespace

void DeviceFlags::add_to(CLI::App& app) {
  app.add_option("--device", device, "cpu, cuda or cuda:i")
      ->transform(lower_case())
      ->capture_default_str();
  app.add_option("--dtype", dtype,
                 "fp32, bf16, fp16, int8, or fp8 on cuda (default: fp32 on cpu, bf16 on cuda)");
  app.add_option("--threads", threads, "CPU threads; 0 uses one per core")->capture_default_str();
}

DType DeviceFlags::chosen_dtype() const {
  if (!dtype.empty()) return dtype_from_name(dtype);
  return device == "cpu" ? DType::fp32 : DType::bf16;
}

Context DeviceFlags::context() const {
  return Context::create({.device = device, .threads = threads});
}

void DeviceFlags::share_machine(int processes) {
  if (processes == 1) return;
  const int cores = static_cast<int>(std::thread::hardware_concurrency());
  if (threads == 0) threads = std::max(1, cores / processes);
}

void add_pack_cache(CLI::App& app, std::string& folder) {
  app.add_option(
      "--pack-cache", folder,
      "folder for weights in the layouts of this machine's kernels: a run fills it, later "
      "ones start sooner (CPU)");
}

void add_no_pickle(CLI::App& app, bool& refused) {
  app.add_flag("--no-pickle", refused,
               "refuse PyTorch checkpoints (.ckpt, .pth, .pt, .bin), which are otherwise read as "
               "data: nothing in them is run");
}

void ModelFlags::add_to(CLI::App& app) {
  app.add_option("-m,--model", model,
                 "model directory in the diffusers layout, or a checkpoint in one file")
      ->required();
  app.add_option("--config", config,
                 "diffusers directory whose configuration describes a checkpoint in one file");
  app.add_option("--tokenizer", tokenizer, "tokenizer directory, for models that come without one");
  app.add_option("--variant", variant, "weight files' variant, for example fp16");
  app.add_option("--vae", vae,
                 "autoencoder to use instead of the model's: a diffusers directory or a file");
  app.add_option("--lora", loras,
                 "FILE|FOLDER[:SCALE], repeatable: adds a LoRA, LoHa, LoKr or full difference");
  app.add_option("--embedding", embeddings,
                 "FILE[:WORD], repeatable: a word of textual inversion (default: the tensor's "
                 "name in the file, or the file's name where that says nothing)");
  add_no_pickle(app, no_pickle);
  app.add_flag("--no-ema", no_ema,
               "take the last weights of a checkpoint in one file, not their moving average");
  add_pack_cache(app, pack_cache);
  device.add_to(app);
}

PipelineOptions ModelFlags::options() const {
  return {.dtype = device.chosen_dtype(),
          .variant = variant,
          .tokenizer = tokenizer,
          .config = config,
          .loras = parsed_loras(loras),
          .structure_only = false,
          .pack_cache = pack_cache,
          .vae = vae,
          .allow_pickles = !no_pickle,
          .averaged_weights = !no_ema};
}

Pipeline ModelFlags::load_with(const PipelineOptions& options) const {
  const Pipeline pipeline = Pipeline::load(device.context(), model, options);
  return embeddings.empty() ? pipeline
                            : pipeline.with_textual_inversions(parsed_embeddings(embeddings));
}

Pipeline ModelFlags::load() const { return load_with(options()); }

Pipeline ModelFlags::load_structure() const {
  PipelineOptions structure = options();
  structure.structure_only = true;
  return load_with(structure);
}

}  // namespace latentrt::cli
