#include "cli/latentrt/generate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <latentrt/error.hpp>
#include <latentrt/output_files.hpp>
#include <latentrt/ranks.hpp>
#include <latentrt/sampler.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/latentrt/exchange_report.hpp"
#include "cli/latentrt/report.hpp"
#include "cli/pictures/png.hpp"
#include "cli/support/elapsed.hpp"
#include "cli/support/interrupt.hpp"
#include "cli/support/json_output.hpp"
#include "cli/support/outputs.hpp"
#include "cli/support/process.hpp"
#include "cli/support/progress.hpp"
#include "cli/support/utf8_text.hpp"
#include "cli/support/warnings.hpp"

namespace latentrt::cli {
namespace {

using Clock = std::chrono::steady_clock;
using Files = std::vector<std::filesystem::path>;

Files checked_outputs(const RunFlags& flags) {
  if (std::filesystem::path(flags.out).extension() != ".png") {
    throw Error(Code::invalid_argument,
                fmt::format("--out {}: the file name must end in .png", flags.out));
  }
  const Files files = numbered_outputs(flags.out, std::max(flags.picture_count(), 1));
  Files all = files;
  if (!flags.save_latents.empty()) all.emplace_back(flags.save_latents);
  refuse_same_outputs(all);
  for (const auto& file : all) prepare_output(file);
  return files;
}

/// Parameters in the form that common picture tools read back, under the key "parameters".
std::string parameters_text(const RunFlags& flags, const SamplerOptions& options,
                            const PipelineInfo& info, const Image& image, std::size_t picture) {
  const std::string negative = flags.negative.value_or("").empty()
                                   ? ""
                                   : fmt::format("Negative prompt: {}\n", *flags.negative);
  const std::string scheduler = flags.scheduler.empty() ? info.scheduler : flags.scheduler;
  const std::string model =
      utf8_text(std::filesystem::path(flags.model.model).lexically_normal().filename().string());
  std::string text =
      fmt::format("{}\n{}Steps: {}, Sampler: {}, CFG scale: {}, Seed: {}, Size: {}x{}, Model: {}",
                  flags.prompt, negative, *options.steps, scheduler, *options.guidance.scale,
                  flags.seed_of(picture), image.width, image.height, model);
  if (flags.clip_skip > 0) text += fmt::format(", Clip skip: {}", flags.clip_skip + 1);
  if (flags.from_image()) text += fmt::format(", Denoising strength: {}", flags.strength);
  return text + ", Version: LatentRT";
}

void write_outputs(const RunFlags& flags, const SamplerOptions& options, const Files& files,
                   const PipelineInfo& info, const Result& result) {
  OutputFiles outputs;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const Image& image = result.images[i];
    outputs.write(
        files[i],
        encode_png(image, {{"parameters", parameters_text(flags, options, info, image, i)}}));
  }
  if (!flags.save_latents.empty())
    outputs.write(flags.save_latents, encode_tensors({{"latents", result.latents}}));
  check_interrupted();
  outputs.commit();
}

/// With the sizes that the network computed.
Request computed(Request request, const PipelineInfo& info, const Result& result) {
  request.batch = static_cast<int>(result.latents.shape[0]);
  request.height = static_cast<int>(result.latents.shape[2]) * info.pixels_per_latent;
  request.width = static_cast<int>(result.latents.shape[3]) * info.pixels_per_latent;
  return request;
}

nlohmann::ordered_json to_json(const RunFlags& flags, const Files& files, const PipelineInfo& info,
                               const Result& result, double load_s, double total_s,
                               const Sampler& sampler, const Request& request) {
  std::vector<std::string> names;
  for (const auto& file : files) names.push_back(file.string());
  std::vector<std::uint64_t> seeds;
  for (std::size_t i = 0; i < files.size(); ++i) seeds.push_back(flags.seed_of(i));
  const Timings& t = result.timings;
  return {{"out", names},
          {"width", result.images[0].width},
          {"height", result.images[0].height},
          {"scheduler", flags.scheduler.empty() ? info.scheduler : flags.scheduler},
          {"steps", *sampler.options().steps},
          {"guidance", *sampler.options().guidance.scale},
          {"seeds", seeds},
          {"timings",
           {{"load_s", load_s},
            {"text_s", t.text_s},
            {"encode_s", t.encode_s},
            {"denoise_s", t.denoise_s},
            {"decode_s", t.decode_s},
            {"total_s", total_s}}},
          {"step_s", t.step_s},
          {"variants", result.step_variants},
          {"report", to_json(report_on(result, sampler.costs(request)))},
          {"exchanges", cli::to_json(result.exchanges)},
          {"peak_memory_bytes", peak_memory_bytes()},
          {"plan", sampler.explain()}};
}

/// Reads the files that the flags name; errors in them are reported before gigabytes are read.
void generate(const RunFlags& flags, const Ranks& ranks, const MakeTask& make_task) {
  const auto start = Clock::now();
  const bool writes = ranks.rank() == 0;
  const SamplerOptions options = flags.sampler_options();
  const std::vector<AcceleratorChoice> accelerators = flags.accelerators();
  const Pipeline structure = flags.model.load_structure();
  const Task task = make_task();
  const Sampler planned(structure, options, accelerators);
  task.check(planned.open(ranks));
  const std::vector<std::string> warnings =
      flags.warnings(structure, *planned.options().guidance.scale);
  const Files files = writes ? checked_outputs(flags) : Files{};
  if (writes) print_warnings(warnings);
  announce(flags.seed, ranks.size(), flags.json);
  const Pipeline pipeline = flags.model.load();
  const Sampler sampler(pipeline, options, accelerators);
  const double load_s = seconds_since(start);
  Session session = sampler.open(ranks);
  Result result;
  {
    Progress progress(flags.json || !writes);
    result = task.run(session, std::ref(progress));
  }
  if (!writes) return;
  const PipelineInfo info = pipeline.info();
  write_outputs(flags, sampler.options(), files, info, result);
  pipeline.update_pack_cache();
  const Request request = computed(task.request, info, result);
  if (flags.json) {
    nlohmann::ordered_json json =
        to_json(flags, files, info, result, load_s, seconds_since(start), sampler, request);
    json["warnings"] = warnings;
    print_json(stdout, std::move(json));
    return;
  }
  if (!flags.accel.empty())
    fmt::print(stderr, "{}\n{}", to_text(report_on(result, sampler.costs(request))),
               to_text(result.exchanges));
  for (const auto& file : files) fmt::print("{}\n", file.string());
}

}  // namespace

void run_on_ranks(CLI::App& command, const std::shared_ptr<RunFlags>& flags,
                  const MakeTask& make_task) {
  command.callback([flags, &command, make_task] {
    // The device of each rank, and outputs that only the first one writes.
    const std::vector<std::string> own{"--device", "--threads", "--out", "--save-latents",
                                       "--json"};
    flags->ranks.run(command, own, flags->model.device,
                     [&](const Ranks& ranks) { generate(*flags, ranks, make_task); });
  });
}

}  // namespace latentrt::cli
