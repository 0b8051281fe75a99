#include "cli/bench/bench_flags.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <latentrt/error.hpp>

#include "cli/support/usage.hpp"

namespace latentrt::cli {
namespace {

constexpr std::uint64_t kSeed = 1;

}  // namespace

void TextBenchFlags::add_to(CLI::App& app) {
  const auto add = [&](const char* flag, auto& value, const char* help) {
    app.add_option(flag, value, help)->capture_default_str();
  };
  add("--prompt-tokens", prompt_tokens, "of a language model: tokens of a prompt");
  add("--gen-length", options.gen_length, "likewise: tokens of an answer, each with a call");
  add("--block", options.block_length, "likewise: tokens of a block");
  add("--answers", answers, "likewise: answers that share the calls");
  app.add_option("--policy", policies, "likewise: what a step commits; repeatable")
      ->capture_default_str();
}

void BenchFlags::add_to(CLI::App& app) {
  std::vector<std::string> names = Pipeline::synthetic_architectures();
  for (const std::string& name : TextModel::synthetic_names()) names.push_back(name);
  auto* config_flag = app.add_option("--config", config,
                                     fmt::format("architecture, with random weights: one of {}",
                                                 fmt::join(names, ", ")))
                          ->transform(lower_case())
                          ->capture_default_str();
  app.add_option("-m,--model", model, "model directory, in place of --config")
      ->excludes(config_flag);
  app.add_option(
         "--what", what,
         "unet (default), vae, text, e2e, profile (of the unet), vae-profile or link (between "
         "ranks); of a language model answer (default) or head; several are separated by commas")
      ->delimiter(',')
      ->transform(lower_case());
  app.add_option("--width", width, "pixels (default: the architecture's own size)");
  app.add_option("--height", height, "pixels (default: the architecture's own size)");
  app.add_option("--batch", batch,
                 "UNet rows and prompts of text; two rows are one picture with guidance, so vae "
                 "decodes half as many pictures")
      ->capture_default_str();
  app.add_option("--runs", runs, "timed runs after one warm-up")->capture_default_str();
  app.add_option("--steps", steps, "steps of e2e, which makes one picture with guidance")
      ->capture_default_str();
  app.add_flag(
      "--profile", profile,
      "also the time of the unet, and of the vae where --what names it, by kinds of nodes and by "
      "nodes, what computes them, and what this machine can reach");
  app.add_option(
      "--accel", accel,
      "patch[:key=value,...]: the unet as ranks share it (warmup is 0 unless it says so); "
      "its profile as a rank computes a band of this size, with nothing to wait for. "
      "Without it each rank computes all of the unet, at the same time as the others. "
      "Or cudagraph: the unet as one launch on a GPU. latentrt info --accelerators lists all keys");
  text.add_to(app);
  ranks.add_to(app);
  add_no_pickle(app, no_pickle);
  add_pack_cache(app, pack_cache);
  app.add_flag("--json", json, "print one JSON object on stdout");
  device.add_to(app);
}

void BenchFlags::add_profiles() {
  const auto add = [&](const char* part) {
    if (std::ranges::find(what, part) == what.end()) what.emplace_back(part);
  };
  const bool has_vae = std::ranges::find(what, "vae") != what.end();
  add("profile");
  if (has_vae) add("vae-profile");
}

bool BenchFlags::is_of_text() const {
  const std::vector<std::string> names = TextModel::synthetic_names();
  return model.empty() ? std::ranges::count(names, config) > 0 : TextModel::is_in(model);
}

void BenchFlags::complete() {
  text.options.steps = text.options.gen_length;
  if (what.empty()) what.emplace_back(is_of_text() ? "answer" : "unet");
}

TextModel BenchFlags::open_text_model() const {
  const Context context = device.context();
  const TextModelOptions options{.dtype = device.chosen_dtype(), .allow_pickles = !no_pickle};
  return model.empty() ? TextModel::synthetic(context, config, kSeed, options)
                       : TextModel::load(context, model, options);
}

Pipeline BenchFlags::open_pipeline() const {
  const Context context = device.context();
  PipelineOptions options;
  options.dtype = device.chosen_dtype();
  options.pack_cache = pack_cache;
  options.allow_pickles = !no_pickle;
  return model.empty() ? Pipeline::synthetic(context, config, kSeed, options)
                       : Pipeline::load(context, model, options);
}

std::optional<Spec> BenchFlags::accelerator() const {
  std::vector<AcceleratorChoice> choices;
  if (!accel.empty()) choices.emplace_back(Spec::parse(accel));
  ranks.set_simulated(choices);
  if (choices.empty()) return std::nullopt;
  Spec spec = std::get<Spec>(choices[0]);
  if (spec.name == "cudagraph") return spec;
  if (spec.name != "patch") {
    throw Error(Code::invalid_argument,
                fmt::format("--accel {}: one call of the unet takes patch or cudagraph", accel));
  }
  spec.options.emplace("warmup", "0");
  return spec;
}

bool BenchFlags::is_shared() const {
  const std::optional<Spec> spec = accelerator();
  return spec && spec->name == "patch";
}

nlohmann::ordered_json BenchFlags::subject() const {
  nlohmann::ordered_json report{{model.empty() ? "config" : "model", model_name()},
                                {"width", width},
                                {"height", height},
                                {"batch", batch},
                                {"dtype", name_of(device.chosen_dtype())}};
  if (!accel.empty()) report["accel"] = accel;
  return report;
}

}  // namespace latentrt::cli
