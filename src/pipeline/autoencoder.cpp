#include "pipeline/autoencoder.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>

#include <algorithm>
#include <utility>

#include "nn/executor.hpp"
#include "pipeline/tiling.hpp"

namespace latentrt::pipeline {
namespace {

/// The posterior's log-variance is clamped to this range before it is used (Rombach et al. 2022).
constexpr double kMinLogVariance = -30, kMaxLogVariance = 20;

at::Tensor run(const Network& network, const nn::OpSet& ops, const char* input,
               const at::Tensor& src, const char* output) {
  const at::Tensor x = nn::placed(src, network.weights->placement());
  const nn::NamedTensors outputs = nn::run(network.program, *network.weights, ops, {{input, x}});
  return outputs.at(output).to(at::kFloat).contiguous();
}

/// All at once, or picture by picture and tile by tile as the options ask for.
at::Tensor by_parts(const at::Tensor& src, const VaeOptions& options, Tiles tiles,
                    const std::function<at::Tensor(const at::Tensor&)>& run_all) {
  const bool large = src.size(2) > tiles.in || src.size(3) > tiles.in;
  const auto run_picture = [&](const at::Tensor& part) {
    return options.tiling && large ? run_tiled(part, tiles, run_all) : run_all(part);
  };
  if (!options.slicing || src.size(0) == 1) return run_picture(src);
  std::vector<at::Tensor> pictures;
  for (const at::Tensor& picture : src.split(1)) pictures.push_back(run_picture(picture));
  return at::cat(pictures);
}

}  // namespace

Autoencoder::Autoencoder(models::VaeConfig config, Network encoder, Network decoder,
                         std::shared_ptr<const nn::OpSet> ops)
    : config_(std::move(config)),
      encoder_(std::move(encoder)),
      decoder_(std::move(decoder)),
      ops_(std::move(ops)) {}

std::int64_t Autoencoder::latent_tile(const VaeOptions& options) const {
  constexpr std::int64_t kMultiple = 4;  // so that a quarter is whole
  const std::int64_t side = options.tile_size > 0 ? options.tile_size : config_.sample_size;
  return std::max(side / config_.factor() / kMultiple, std::int64_t{1}) * kMultiple;
}

at::Tensor Autoencoder::encode_moments(const at::Tensor& image, const VaeOptions& options) const {
  const auto encode_all = [&](const at::Tensor& part) {
    return run(encoder_, *ops_, "image", part, "moments");
  };
  const std::int64_t tile = latent_tile(options), pixels = tile * config_.factor();
  return by_parts(image, options, {.in = pixels, .out = tile}, encode_all);
}

at::Tensor Autoencoder::encode(const at::Tensor& image, sampling::NoiseSource& source,
                               const VaeOptions& options) const {
  const auto moments = encode_moments(image, options).chunk(2, 1);
  const at::Tensor deviation = (moments[1].clamp(kMinLogVariance, kMaxLogVariance) * 0.5).exp();
  std::vector<std::int64_t> shape = moments[0].sizes().vec();
  shape[0] = std::max(shape[0], source.count());
  const at::Tensor noise = source.draw(shape, moments[0].device());
  return (moments[0] + deviation * noise - config_.shift_factor) * config_.scaling_factor;
}

at::Tensor Autoencoder::decode(const at::Tensor& latents, const VaeOptions& options) const {
  const auto decode_all = [&](const at::Tensor& part) {
    return run(decoder_, *ops_, "latents", part, "image");
  };
  const std::int64_t tile = latent_tile(options), pixels = tile * config_.factor();
  return by_parts(latents / config_.scaling_factor + config_.shift_factor, options,
                  {.in = tile, .out = pixels}, decode_all);
}

}  // namespace latentrt::pipeline
