#include "pipeline/autoencoder.hpp"

#include <ATen/TensorOperators.h>

#include <algorithm>
#include <utility>

#include "nn/executor.hpp"

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

}  // namespace

Autoencoder::Autoencoder(models::VaeConfig config, Network encoder, Network decoder,
                         std::shared_ptr<const nn::OpSet> ops)
    : config_(std::move(config)),
      encoder_(std::move(encoder)),
      decoder_(std::move(decoder)),
      ops_(std::move(ops)) {}

at::Tensor Autoencoder::encode(const at::Tensor& image, sampling::NoiseSource& source) const {
  const auto moments = run(encoder_, *ops_, "image", image, "moments").chunk(2, 1);
  const at::Tensor deviation = (moments[1].clamp(kMinLogVariance, kMaxLogVariance) * 0.5).exp();
  std::vector<std::int64_t> shape = moments[0].sizes().vec();
  shape[0] = std::max(shape[0], source.count());
  const at::Tensor noise = source.draw(shape, moments[0].device());
  return (moments[0] + deviation * noise - config_.shift_factor) * config_.scaling_factor;
}

at::Tensor Autoencoder::decode(const at::Tensor& latents) const {
  return run(decoder_, *ops_, "latents", latents / config_.scaling_factor + config_.shift_factor,
             "image");
}

}  // namespace latentrt::pipeline
