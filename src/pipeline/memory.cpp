#include "pipeline/memory.hpp"

#include <algorithm>
#include <utility>

#include "base/fail.hpp"
#include "nn/peak_memory.hpp"
#include "nn/scalar_type.hpp"
#include "pipeline/network_shapes.hpp"

namespace latentrt::pipeline {
namespace {

constexpr double kMebibyte = 1024.0 * 1024.0;
constexpr std::uint64_t kFloatBytes = 4;
/// glibc's malloc gives memory back above twice its threshold for large blocks, which rises to 32 MiB.
constexpr std::uint64_t kAllocatorBytes = 64u << 20;

std::uint64_t bytes_of(DType dtype) { return at::elementSize(nn::scalar_type(dtype)); }

/// Adds the shapes of what a Program gives to those of what the next one takes; returns the peak of running it.
std::uint64_t run_dry(const nn::Program& program, NamedShapes& shapes,
                      std::uint64_t element_bytes) {
  const std::vector<nn::Shape> values = nn::infer_shapes(program, shapes);
  for (const nn::ValueId id : program.outputs())
    shapes[program.name_of(id)] = values[static_cast<std::size_t>(id)];
  return nn::peak_activation_bytes(program, values, element_bytes);
}

/// Text keys and values stay for the run, time shifts for the step; the body runs beside both.
std::uint64_t denoise_bytes(const Pipeline::State& model, const sampling::Plan& plan,
                            const Request& request, DType dtype) {
  const std::int64_t rows = request.batch * plan.guidance.rows_per_picture();
  NamedShapes shapes = unet_shapes(model, request, rows);
  const std::uint64_t prologue = std::max(run_dry(plan.prompt_prologue, shapes, bytes_of(dtype)),
                                          run_dry(plan.time_prologue, shapes, bytes_of(dtype)));
  std::uint64_t steps = 0;
  if (plan.probe) steps = run_dry(plan.probe->program, shapes, bytes_of(dtype));
  for (const sampling::Variant& variant : plan.variants) {
    NamedShapes given = shapes;
    if (variant.loads.empty())
      steps = std::max(steps, run_dry(variant.program, given, bytes_of(dtype)));
  }
  return std::max(prologue, steps);
}

std::uint64_t text_bytes(const Pipeline::State& model, DType dtype) {
  std::uint64_t most = 0;
  for (const TextEncoder& encoder : model.text_encoders) {
    NamedShapes shapes{{"input_ids", {1, encoder.config().positions}}, {"end_index", {1}}};
    most = std::max(most, run_dry(encoder.program(), shapes, bytes_of(dtype)));
  }
  return most;
}

/// What one call of the autoencoder sees: everything, one picture, or one tile.
LatentExtents vae_call(const Pipeline::State& model, const Request& request, std::int64_t batch) {
  LatentExtents extents = latent_extents(model, request);
  extents.batch = request.vae.slicing ? 1 : batch;
  if (!request.vae.tiling) return extents;
  const std::int64_t tile = model.autoencoder->latent_tile(request.vae);
  return {extents.batch, std::min(extents.height, tile), std::min(extents.width, tile)};
}

/// The pictures in fp32 stand beside the call: as decoded, scaled and rounded.
std::uint64_t picture_bytes(const Pipeline::State& model, const Request& request) {
  constexpr std::uint64_t kCopies = 2;
  const LatentExtents extents = latent_extents(model, request);
  const auto pixels = static_cast<std::uint64_t>(extents.batch * extents.height * extents.width) *
                      static_cast<std::uint64_t>(model.factor() * model.factor());
  return kCopies * 3 * kFloatBytes * pixels;
}

std::uint64_t vae_element_bytes(const Pipeline::State& model, DType dtype) {
  return dtype == DType::fp16 && model.autoencoder->space().force_upcast ? kFloatBytes
                                                                         : bytes_of(dtype);
}

std::uint64_t decode_bytes(const Pipeline::State& model, const Request& request, DType dtype) {
  const LatentExtents call = vae_call(model, request, request.batch);
  const models::LatentSpace& vae = model.autoencoder->space();
  NamedShapes shapes{{"latents", {call.batch, vae.latent_channels, call.height, call.width}}};
  return picture_bytes(model, request) +
         run_dry(model.autoencoder->decoder().program, shapes, vae_element_bytes(model, dtype));
}

std::uint64_t encode_bytes(const Pipeline::State& model, const Request& request, DType dtype) {
  const LatentExtents call = vae_call(model, request, 1);
  const models::LatentSpace& vae = model.autoencoder->space();
  NamedShapes shapes{
      {"image", {1, vae.image_channels, call.height * vae.factor, call.width * vae.factor}}};
  return run_dry(model.autoencoder->encoder().program, shapes, vae_element_bytes(model, dtype));
}

/// In the pipeline's own dtype, or in another.
std::uint64_t weight_bytes(const Pipeline::State& model, DType dtype) {
  const bool own = dtype == model.denoiser.weights->placement().dtype;
  std::uint64_t total = 0;
  for (const ComponentInfo& component : model.info.components) {
    const std::uint64_t element =
        component.name == "vae" ? vae_element_bytes(model, dtype) : bytes_of(dtype);
    total += own ? component.bytes : component.parameters * element;
  }
  return total;
}

/// Changes that would make a request fit, the mildest first.
std::vector<std::string> remedies(const Pipeline::State& model, const sampling::Plan& plan,
                                  const Request& request) {
  struct Change {
    const char* words;
    bool slicing, tiling, half;
  };
  constexpr Change kChanges[] = {{"VAE slicing", true, false, false},
                                 {"VAE tiling", true, true, false},
                                 {"bf16", false, false, true},
                                 {"bf16 with VAE slicing and tiling", true, true, true}};
  std::vector<std::string> found;
  for (const Change& change : kChanges) {
    Request changed = request;
    changed.vae.slicing |= change.slicing;
    changed.vae.tiling |= change.tiling;
    const DType dtype = change.half ? DType::bf16 : model.denoiser.weights->placement().dtype;
    const std::uint64_t total = estimate_memory(model, plan, changed, dtype).total();
    if (total <= request.max_memory_bytes)
      found.push_back(
          fmt::format("{} ({:.0f} MiB)", change.words, static_cast<double>(total) / kMebibyte));
  }
  return found;
}

}  // namespace

MemoryEstimate estimate_memory(const Pipeline::State& model, const sampling::Plan& plan,
                               const Request& request, DType dtype) {
  return {.weights = weight_bytes(model, dtype),
          .text = text_bytes(model, dtype),
          .encode = request.image ? encode_bytes(model, request, dtype) : 0,
          .denoise = denoise_bytes(model, plan, request, dtype),
          .decode = decode_bytes(model, request, dtype),
          .allocator = kAllocatorBytes};
}

void check_memory(const Pipeline::State& model, const sampling::Plan& plan,
                  const Request& request) {
  if (request.max_memory_bytes == 0) return;
  const DType dtype = model.denoiser.weights->placement().dtype;
  const std::uint64_t needed = estimate_memory(model, plan, request, dtype).total();
  if (needed <= request.max_memory_bytes) return;
  const auto ways = remedies(model, plan, request);
  fail(Code::invalid_argument, "the run needs about {:.0f} MiB, and {:.0f} MiB are allowed; {}",
       static_cast<double>(needed) / kMebibyte,
       static_cast<double>(request.max_memory_bytes) / kMebibyte,
       ways.empty() ? "only a smaller picture or batch, or a smaller model, would fit"
                    : fmt::format("what would fit: {}", fmt::join(ways, ", ")));
}

}  // namespace latentrt::pipeline
