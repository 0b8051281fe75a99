#include "components/autoencoder.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>

#include <algorithm>
#include <utility>

#include "components/tiling.hpp"

namespace latentrt::pipeline {
namespace {

/// The posterior's log-variance is clamped to this range before it is used (Rombach et al. 2022).
constexpr double kMinLogVariance = -30, kMaxLogVariance = 20;

/// From the network's only input to its only output.
at::Tensor run(const nn::Network& network, const at::Tensor& src) {
  const std::string& input = network.program->band_input();
  const nn::NamedTensors outputs = network.run({{input, network.placed(input, src)}});
  return outputs.at(network.program->main_output()).to(at::kFloat).contiguous();
}

bool has_tiles(const at::Tensor& src, const VaeOptions& options, std::int64_t side) {
  return options.tiling && (src.size(2) > side || src.size(3) > side);
}
bool has_slices(const at::Tensor& src, const VaeOptions& options) {
  return options.slicing && src.size(0) > 1;
}

/// All pictures at once, or picture by picture and tile by tile, as the options request.
at::Tensor by_parts(const at::Tensor& src, const VaeOptions& options, Tiles tiles,
                    const std::function<at::Tensor(const at::Tensor&)>& run_all) {
  const auto run_picture = [&](const at::Tensor& part) {
    return has_tiles(part, options, tiles.in) ? run_tiled(part, tiles, run_all) : run_all(part);
  };
  if (!has_slices(src, options)) return run_picture(src);
  std::vector<at::Tensor> pictures;
  for (const at::Tensor& picture : src.split(1)) pictures.push_back(run_picture(picture));
  return at::cat(pictures);
}

}  // namespace

Autoencoder::Autoencoder(models::LatentSpace space, nn::Network encoder, nn::Network decoder)
    : space_(space), encoder_(std::move(encoder)), decoder_(std::move(decoder)) {}

std::int64_t Autoencoder::latent_tile(const VaeOptions& options) const {
  constexpr std::int64_t kMultiple = 4;  // so that a quarter is an integer
  const std::int64_t side = options.tile_size > 0 ? options.tile_size : space_.sample_size;
  return std::max(side / space_.factor / kMultiple, std::int64_t{1}) * kMultiple;
}

at::Tensor Autoencoder::run_encoder(const at::Tensor& image, const VaeOptions& options) const {
  const auto encode_all = [&](const at::Tensor& part) { return run(encoder_, part); };
  const std::int64_t tile = latent_tile(options), pixels = tile * space_.factor;
  return by_parts(image, options, {.in = pixels, .out = tile}, encode_all);
}

at::Tensor Autoencoder::scaled(const at::Tensor& latents) const {
  return (latents - space_.shift_factor) * space_.scaling_factor;
}

at::Tensor Autoencoder::unscaled(const at::Tensor& latents) const {
  return latents / space_.scaling_factor + space_.shift_factor;
}

at::Tensor Autoencoder::encode(const at::Tensor& image, sampling::NoiseSource& source,
                               const VaeOptions& options) const {
  if (!space_.posterior) return encode_mean(image, options);
  const auto moments = run_encoder(image, options).chunk(2, 1);
  const at::Tensor deviation = (moments[1].clamp(kMinLogVariance, kMaxLogVariance) * 0.5).exp();
  std::vector<std::int64_t> shape = moments[0].sizes().vec();
  shape[0] = std::max(shape[0], source.seeds());
  return scaled(moments[0] +
                deviation * source.draw(shape, moments[0].device(), {sampling::Root::posterior}));
}

at::Tensor Autoencoder::encode_mean(const at::Tensor& image, const VaeOptions& options) const {
  const at::Tensor encoded = run_encoder(image, options);
  return scaled(space_.posterior ? encoded.chunk(2, 1)[0] : encoded);
}

at::Tensor Autoencoder::decode(const at::Tensor& latents, const VaeOptions& options) const {
  const auto decode_all = [&](const at::Tensor& part) { return run(decoder_, part); };
  const std::int64_t tile = latent_tile(options), pixels = tile * space_.factor;
  return by_parts(unscaled(latents), options, {.in = tile, .out = pixels}, decode_all);
}

at::Tensor Autoencoder::decode_on(sampling::Space& space, const at::Tensor& latents) const {
  const at::Tensor placed = decoder_.placed(decoder_.program->band_input(), unscaled(latents));
  const at::Tensor image = space.decode(decoder_, placed);
  return image.defined() ? image.to(at::kFloat).contiguous() : image;
}

bool Autoencoder::needs_parts(const at::Tensor& latents, const VaeOptions& options) const {
  return has_slices(latents, options) || has_tiles(latents, options, latent_tile(options));
}

}  // namespace latentrt::pipeline
