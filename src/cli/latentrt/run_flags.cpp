#include "cli/latentrt/run_flags.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <latentrt/error.hpp>
#include <latentrt/resize.hpp>
#include <latentrt/tensor.hpp>

#include "cli/pictures/picture_file.hpp"
#include "cli/support/number_list.hpp"
#include "cli/support/tensor_file.hpp"
#include "cli/support/usage.hpp"

namespace latentrt::cli {
namespace {

constexpr int kSizeMultiple = 8, kMaxSide = 16384;

Embeddings read_embeddings(const std::string& file, bool guided) {
  TensorMap tensors = read_tensors(file);
  const auto take = [&](const std::string& key, bool required) {
    return required || tensors.contains(key) ? take_tensor(tensors, key, file) : HostTensor{};
  };
  return {.prompt = take("prompt_embeds", true),
          .negative = take("negative_prompt_embeds", guided),
          .pooled_prompt = take("pooled_prompt_embeds", false),
          .pooled_negative = take("negative_pooled_prompt_embeds", false)};
}

/// The picture at the given size, or at its own size rounded down to a size that models take.
Image read_image(const std::string& file, int width, int height) {
  const Image image = read_picture(file);
  const int fitted_width = width != 0 ? width : image.width / kSizeMultiple * kSizeMultiple;
  const int fitted_height = height != 0 ? height : image.height / kSizeMultiple * kSizeMultiple;
  if (fitted_width < kSizeMultiple || fitted_height < kSizeMultiple) {
    throw Error(Code::invalid_argument,
                fmt::format("{}: the picture is {} x {}; it must be at least {} x {}", file,
                            image.width, image.height, kSizeMultiple, kSizeMultiple));
  }
  return resize(image, fitted_width, fitted_height);
}

template <class Number>
CLI::Option* add_list(CLI::App& app, const std::string& flag, std::vector<Number>& numbers,
                      const std::string& help) {
  const auto parse = [flag, &numbers](const std::string& text) {
    numbers = parse_number_list<Number>(flag, text);
  };
  return app.add_option_function<std::string>(flag, parse, help);
}

}  // namespace

void RunFlags::add_plan_flags_to(CLI::App& app) {
  model.add_to(app);
  auto* const steps_flag =
      app.add_option("--steps", steps,
                     "sampling steps, 1 to the model's num_train_timesteps (default: the model's "
                     "own, which info shows)");
  auto* const timesteps_flag =
      add_list(app, "--timesteps", timesteps, "falling training timesteps to visit: 999,749,...")
          ->excludes(steps_flag);
  add_list(app, "--sigmas", sigmas,
           "falling noise levels to visit; the run ends at the last: 14.6,...,0")
      ->excludes(steps_flag)
      ->excludes(timesteps_flag);
  app.add_option("--scheduler", scheduler,
                 fmt::format("NAME[:key=value,...]; NAME is one of {} (default: the model's own); "
                             "info --schedulers lists all keys",
                             fmt::join(schedule_names(), ", ")));
  app.add_option("--guidance", guidance,
                 "classifier-free guidance scale; 1 or less turns it off (default: the model's "
                 "own, which info shows)");
  app.add_option("--guidance-rescale", guidance_rescale,
                 "0 to 1: how far to undo the increase in variance that guidance causes")
      ->capture_default_str();
  app.add_option("--guidance-start", guidance_start,
                 "0 to 1: the part of the network calls before guidance begins")
      ->capture_default_str();
  app.add_option("--guidance-stop", guidance_stop,
                 "0 to 1: the part of the network calls after which guidance is off")
      ->capture_default_str();
  app.add_option("--accel", accel,
                 "NAME[:key=value,...], repeatable; info --accelerators lists all names and keys");
  ranks.add_to(app);
  if (from_image()) {
    app.add_option("--strength", strength, "above 0, up to 1: how much of the schedule is run")
        ->capture_default_str();
  }
  app.add_flag("--json", json, "print one JSON object on stdout");
}

void RunFlags::add_prompt_flags_to(CLI::App& app) {
  auto* const prompt_flag = app.add_option("-p,--prompt", prompt, "what the picture shows");
  auto* const negative_flag =
      app.add_option("--negative", negative,
                     "what the picture must not show (for SDXL, absent differs from empty)");
  app.add_flag("--weighted-prompts", weighted_prompts, "read (word:1.2) in prompts as weights");
  app.add_flag("--long-prompts", long_prompts,
               "encode prompts of more tokens than the text encoder reads in parts (BREAK begins a "
               "new one), instead of cutting their end");
  app.add_option("--clip-skip", clip_skip,
                 "number of last layers of the text encoders that the prompt skips")
      ->capture_default_str();
  app.add_option("--embeds", embeds,
                 "safetensors file with `prompt_embeds`, `negative_prompt_embeds` and, for SDXL, "
                 "`pooled_...`")
      ->excludes(prompt_flag)
      ->excludes(negative_flag);
  neighbours.add_to(app);
}

void RunFlags::add_run_flags_to(CLI::App& app) {
  auto* const seed_flag = add_seed(app, seed, "seed of the generator that draws all noise");
  add_list(app, "--seeds", seeds,
           "one seed per picture; each picture equals that of a run with its seed: 1,2,...")
      ->excludes(seed_flag)
      ->excludes(app.get_option("--batch"));
  app.add_option(
         "--noise", noise,
         "torch: the values of PyTorch's CPU generator; philox: values that follow from the "
         "picture's seed only, whatever else is in the batch")
      ->transform(lower_case())
      ->check(CLI::IsMember({"torch", "philox"}))
      ->capture_default_str();
  app.add_option("-o,--out", out, "PNG file; further pictures get -1, -2, ... before the extension")
      ->capture_default_str();
  app.add_option(
      "--latents", latents,
      "safetensors file with `latents` [batch,C,h,w], unit variance, instead of drawn noise");
  app.add_option("--save-latents", save_latents,
                 "writes the final latents (`latents`) to a safetensors file");
  add_bytes(app, "--max-memory", max_memory,
            "refuse a run that needs more memory than this, without the process itself: bytes, or "
            "with K, M, G");
  if (from_image())
    app.add_option("--image", image, "PNG, JPEG or WebP file to start from")->required();
}

void RunFlags::add_size_flags_to(CLI::App& app) {
  const CLI::Range side(kSizeMultiple, kMaxSide);
  app.add_option("--width", width, "pixels, a multiple of 8 (default: the model's own size)")
      ->check(side);
  app.add_option("--height", height, "pixels, a multiple of 8 (default: the model's own size)")
      ->check(side);
  add_batch_flags_to(app);
}

void RunFlags::add_batch_flags_to(CLI::App& app) {
  app.add_option("--batch", batch, "pictures in one run")->capture_default_str();
  app.add_flag("--vae-slicing", vae.slicing, "decode one picture of a batch after the other");
  app.add_flag("--vae-tiling", vae.tiling, "decode and encode large pictures in tiles");
  app.add_option(
      "--vae-tile-size", vae.tile_size,
      "pixels, a multiple of 32; tiles of this size (default: what the model was trained on)");
}

SamplerOptions RunFlags::sampler_options() const {
  return {.schedule = scheduler.empty() ? Spec{} : Spec::parse(scheduler),
          .steps = steps,
          .timesteps = timesteps,
          .sigmas = sigmas,
          .guidance = {.scale = guidance,
                       .rescale = guidance_rescale,
                       .start = guidance_start,
                       .stop = guidance_stop},
          .strength = from_image() ? strength : 1,
          .from_image = from_image()};
}

int RunFlags::picture_count() const {
  return seeds.empty() ? batch : static_cast<int>(seeds.size());
}

std::uint64_t RunFlags::seed_of(std::size_t picture) const {
  return seeds.empty() ? seed.value : seeds[picture];
}

std::vector<AcceleratorChoice> RunFlags::accelerators() const {
  std::vector<AcceleratorChoice> choices;
  for (const std::string& text : accel) choices.emplace_back(Spec::parse(text));
  ranks.set_simulated(choices);
  return choices;
}

std::vector<std::string> RunFlags::warnings(const Pipeline& pipeline, double scale) const {
  std::vector<std::string> prompts;
  if (embeds.empty()) prompts.push_back(prompt);
  if (negative && scale > 1) prompts.push_back(*negative);
  std::vector<std::string> all = pipeline.info().warnings;
  const auto more = pipeline.prompt_warnings(
      prompts, {.weighted = weighted_prompts, .long_prompts = long_prompts});
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

Request RunFlags::request() const {
  Request request{.prompt = prompt,
                  .negative = negative,
                  .weighted_prompts = weighted_prompts,
                  .long_prompts = long_prompts,
                  .width = width,
                  .height = height,
                  .batch = picture_count(),
                  .seed = seed.value,
                  .seeds = seeds,
                  .noise = noise == "philox" ? NoiseKind::philox : NoiseKind::torch,
                  .clip_skip = clip_skip,
                  .latents = {},
                  .embeddings = {},
                  .neighbours = neighbours.read(),
                  .image = {},
                  .vae = vae,
                  .max_memory_bytes = max_memory};
  request.vae.tiling |= vae.tile_size != 0;
  if (!latents.empty()) request.latents = read_tensor(latents, "latents");
  if (!embeds.empty()) request.embeddings = read_embeddings(embeds, guidance.value_or(0) > 1);
  if (start == StartFrom::masked_picture) request.image = read_picture(image);
  if (start == StartFrom::picture) {
    request.image = read_image(image, width, height);
    request.width = request.image->width;
    request.height = request.image->height;
  }
  return request;
}

SampleSettings RunFlags::settings() const {
  Request request = this->request();
  return {.batch = request.batch,
          .seed = request.seed,
          .seeds = std::move(request.seeds),
          .noise = request.noise,
          .latents = std::move(request.latents),
          .vae = request.vae,
          .max_memory_bytes = request.max_memory_bytes};
}

}  // namespace latentrt::cli
