/// Estimates the effect of fp8 on a model's pictures without a GPU: the CPU computes the network
/// with the same 8-bit values, rounded like in the GPU's kernels, and compares latents and pictures
/// with those of fp32 and bf16. Only the order of sums differs on a GPU. Prompts come from standard
/// input, one per line; each has its own seed. usage: fp8_estimate MODEL STEPS GUIDANCE < prompts

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <latentrt/sampler.hpp>
#include <string>
#include <vector>

#include "pipeline/pipeline_state.hpp"

namespace latentrt {
namespace {

constexpr std::uint64_t kFirstSeed = 1000;

Pipeline load(const char* model, DType dtype) {
  return Pipeline::load(Context::create(), model, {.dtype = dtype});
}

/// A bf16 pipeline whose denoiser has the weights of the exact one, with its linear layers in 8
/// bits.
Pipeline load_in_fp8(const char* model, const Pipeline& exact) {
  const nn::Network& denoiser = exact.state()->denoiser;
  const nn::Program& program = *denoiser.program;
  const nn::WeightPlacement placement{.dtype = DType::fp8};
  const nn::WeightPlacer place(program, placement);
  std::vector<nn::PlacedWeight> weights;
  for (std::size_t i = 0; i < program.weights().size(); ++i) {
    const auto id = static_cast<nn::WeightId>(i);
    weights.push_back(place(id, {denoiser.weights->placed(id).plain()}));
  }
  Pipeline made = load(model, DType::bf16);
  // Not shared yet, so it may be changed. Pipelines themselves refuse fp8 on the CPU, where it
  // takes minutes.
  const_cast<Pipeline::State&>(*made.state()).denoiser.weights =
      std::make_shared<const nn::BoundWeights>(std::move(weights), placement);
  return made;
}

double distance(const Result& a, const Result& b) {
  double apart = 0, size = 0;
  for (std::size_t i = 0; i < b.latents.data.size(); ++i) {
    apart += std::pow(double{a.latents.data[i]} - b.latents.data[i], 2);
    size += std::pow(double{b.latents.data[i]}, 2);
  }
  return std::sqrt(apart / size);
}

double psnr(const Result& a, const Result& b) {
  const auto &of_a = a.images[0].pixels, &of_b = b.images[0].pixels;
  double error = 0;
  for (std::size_t i = 0; i < of_b.size(); ++i) error += std::pow(int{of_a[i]} - int{of_b[i]}, 2);
  return 10 * std::log10(255 * 255 / std::max(error / static_cast<double>(of_b.size()), 1e-3));
}

struct Found {
  const char* name;
  Sampler sampler;
  double distance = 0, psnr = 0, worst_psnr = HUGE_VAL;
};

void run(const char* model, int steps, double guidance) {
  const Pipeline exact = load(model, DType::fp32), half = load(model, DType::bf16);
  const SamplerOptions options{.steps = steps, .guidance = {.scale = guidance}};
  const Sampler wanted(exact, options);
  std::vector<Found> all{{"bf16", Sampler(half, options)},
                         {"fp8", Sampler(load_in_fp8(model, exact), options)}};
  int count = 0;
  for (std::string prompt; std::getline(std::cin, prompt); ++count) {
    const Request request{.prompt = prompt, .seed = kFirstSeed + static_cast<std::uint64_t>(count)};
    const Result truth = wanted.run(request);
    for (Found& found : all) {
      const Result made = found.sampler.run(request);
      found.distance += distance(made, truth);
      found.psnr += psnr(made, truth);
      found.worst_psnr = std::min(found.worst_psnr, psnr(made, truth));
    }
  }
  fmt::print("{} prompts, {} steps\n{:<6} {:>9} {:>9} {:>9}\n", count, steps, "", "latents", "PSNR",
             "worst");
  for (const Found& found : all)
    fmt::print("{:<6} {:>9.3f} {:>9.1f} {:>9.1f}\n", found.name, found.distance / count,
               found.psnr / count, found.worst_psnr);
}

}  // namespace
}  // namespace latentrt

int main(int argc, char** argv) {
  if (argc != 4) {
    fmt::print(stderr, "usage: fp8_estimate MODEL STEPS GUIDANCE < prompts\n");
    return 2;
  }
  latentrt::run(argv[1], std::atoi(argv[2]), std::atof(argv[3]));
  return 0;
}
