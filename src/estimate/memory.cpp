#include "estimate/memory.hpp"

#include <algorithm>
#include <utility>

#include "base/fail.hpp"
#include "estimate/need.hpp"
#include "estimate/network_shapes.hpp"

namespace latentrt::pipeline {
namespace {

constexpr std::uint64_t kFloatBytes = 4;

/// Text keys and values are kept for the run, and time shifts for the step, in addition to the
/// memory of the body.
Need denoise_need(const Pipeline::State& model, const sampling::Plan& plan, const Request& request,
                  DType dtype) {
  const std::int64_t rows = request.batch * plan.guidance.rows_per_picture();
  const at::Device device = model.device;
  NamedShapes shapes = unet_shapes(model, request, rows);
  Need need;
  for (const sampling::Part& part : plan.prologues)
    need = most(need, estimate_run(part.program, shapes, device, dtype));
  for (const sampling::Part& variant : plan.variants) {
    NamedShapes given = shapes;
    if (variant.loads.empty())
      need = most(need, estimate_run(variant.program, given, device, dtype));
  }
  return need;
}

/// Memory of the networks that make the denoiser's conditions: text encoders and others.
std::uint64_t text_bytes(const Pipeline::State& model, const Request& request, DType dtype) {
  std::uint64_t bytes = 0;
  nn::Extents pixels = latent_extents(model, request);
  pixels = {.rows = 1,
            .tokens = model.tokens_per_chunk(),
            .height = pixels.height * model.factor(),
            .width = pixels.width * model.factor()};
  for (const TextEncoder& encoder : model.text_encoders) {
    NamedShapes shapes =
        nn::input_shapes(encoder.program(), {.tokens = encoder.config().positions});
    const Need need = estimate_run(encoder.program(), shapes, model.device, dtype);
    bytes = std::max(bytes, need.activations);
  }
  for (const auto& [name, network] : model.conditions) {
    NamedShapes shapes = nn::input_shapes(*network.program, pixels);
    bytes =
        std::max(bytes, estimate_run(*network.program, shapes, model.device, dtype).activations);
  }
  return bytes;
}

/// Shape of the input of one call of the autoencoder: everything, one picture, or one tile.
nn::Extents vae_call(const Pipeline::State& model, const Request& request, std::int64_t batch) {
  nn::Extents latents = latent_extents(model, request);
  latents.rows = request.vae.slicing ? 1 : batch;
  if (!request.vae.tiling) return latents;
  const std::int64_t tile = model.autoencoder->latent_tile(request.vae);
  latents.height = std::min(latents.height, tile);
  latents.width = std::min(latents.width, tile);
  return latents;
}

/// The fp32 pictures exist in addition to the call: as decoded, scaled and rounded.
std::uint64_t picture_bytes(const Pipeline::State& model, const Request& request) {
  constexpr std::uint64_t kCopies = 2;
  const nn::Extents latents = latent_extents(model, request);
  const auto pixels = static_cast<std::uint64_t>(latents.rows * latents.height * latents.width) *
                      static_cast<std::uint64_t>(model.factor() * model.factor());
  return kCopies * 3 * kFloatBytes * pixels;
}

DType dtype_of(const Component& component, DType dtype) {
  return dtype == DType::fp16 && component.force_upcast() ? DType::fp32 : dtype;
}

DType vae_dtype(const Pipeline::State& model, DType dtype) {
  return dtype_of(*find_component(model.components, Use::autoencoder), dtype);
}

Need decode_need(const Pipeline::State& model, const Request& request, DType dtype) {
  const nn::Program& decoder = *model.autoencoder->decoder().program;
  NamedShapes shapes = nn::input_shapes(decoder, vae_call(model, request, request.batch));
  Need need = estimate_run(decoder, shapes, model.device, vae_dtype(model, dtype));
  need.activations += picture_bytes(model, request);
  return need;
}

Need encode_need(const Pipeline::State& model, const Request& request, DType dtype) {
  const nn::Program& encoder = *model.autoencoder->encoder().program;
  nn::Extents pixels = vae_call(model, request, 1);
  pixels.height *= model.factor();
  pixels.width *= model.factor();
  NamedShapes shapes = nn::input_shapes(encoder, pixels);
  return estimate_run(encoder, shapes, model.device, vae_dtype(model, dtype));
}

/// In the given dtype, which may differ from the pipeline's own.
std::uint64_t weight_bytes(const Pipeline::State& model, DType dtype) {
  const bool own = dtype == model.denoiser.weights->placement().dtype;
  std::uint64_t total = 0;
  for (const ComponentInfo& info : model.info.components) {
    const Component& component = *find_component(model.components, info.name);
    total += own ? info.bytes : info.parameters * bytes_of(dtype_of(component, dtype));
  }
  return total;
}

/// Changes with which a request would fit, the least drastic first.
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
  const bool from_image = request.image || request.pixels;
  const Need encode = from_image ? encode_need(model, request, dtype) : Need{};
  const Need denoise = denoise_need(model, plan, request, dtype);
  const Need decode = decode_need(model, request, dtype);
  return {.weights = weight_bytes(model, dtype) + encode.kernels + denoise.kernels + decode.kernels,
          .text = text_bytes(model, request, dtype),
          .encode = encode.activations,
          .denoise = denoise.activations,
          .decode = decode.activations,
          .allocator = kAllocatorBytes};
}

void check_memory_limit(const Pipeline::State& model, const sampling::Plan& plan,
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
