#include <latentrt/benchmark.hpp>
#include <latentrt/sampler.hpp>
#include <latentrt/samples.hpp>

#include <ATen/ops/full.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include "bench/timed_runs.hpp"
#include "bench/unet_runs.hpp"
#include "device/on_device.hpp"
#include "nn/ops/timed_ops.hpp"
#include "nn/run/executor.hpp"
#include "nn/weights/scalar_type.hpp"

namespace latentrt {

using pipeline::random_decoder_inputs;
using pipeline::time_runs;
using pipeline::UnetRuns;
using pipeline::waiter;

namespace {

UnetRuns plain_runs(const Pipeline::State& model, int width, int height, int rows) {
  return {model, width, height, rows,
          sampling::make_plan(model.denoiser, schedule::Trajectory{}, {}, {})};
}

}  // namespace

PartTiming time_unet(const Pipeline& pipeline, int width, int height, int rows, int runs) {
  const Pipeline::State& model = *pipeline.state();
  const ContextScope scope(*model.context);
  const UnetRuns unet = plain_runs(model, width, height, rows);
  return time_runs(model.device, runs, [&] { unet.run(*model.denoiser.ops); });
}

std::vector<NodeProfile> profile_unet(const Pipeline& pipeline, int width, int height, int rows,
                                      int runs) {
  const Pipeline::State& model = *pipeline.state();
  const ContextScope scope(*model.context);
  const UnetRuns unet = plain_runs(model, width, height, rows);
  nn::TimedOps timed(model.denoiser.ops, *model.denoiser.program, waiter(model.device));
  return pipeline::profile_runs(model.device, runs, timed, [&] { unet.run(timed); });
}

std::vector<NodeProfile> profile_vae_decode(const Pipeline& pipeline, int width, int height,
                                            int batch, int runs) {
  const Pipeline::State& model = *pipeline.state();
  const ContextScope scope(*model.context);
  const nn::Network& decoder = model.autoencoder->decoder();
  const nn::NamedTensors inputs = random_decoder_inputs(model, width, height, batch);
  const nn::TimedOps timed(decoder.ops, *decoder.program, waiter(model.device));
  return pipeline::profile_runs(model.device, runs, timed, [&] {
    nn::run(*decoder.program, *decoder.weights, timed, inputs);
  });
}

DevicePeaks measure_peaks(const Pipeline& pipeline) {
  constexpr std::int64_t kSide = 2048, kBytes = std::int64_t{1} << 28;
  constexpr int kRuns = 5;
  const Pipeline::State& model = *pipeline.state();
  const ContextScope scope(*model.context);
  const nn::WeightPlacement& placement = model.denoiser.weights->placement();
  const auto options = at::TensorOptions(model.device).dtype(nn::scalar_type(placement.dtype));
  const at::Tensor square = at::full({kSide, kSide}, 0.5, options);
  const at::Tensor from = at::zeros({kBytes}, options.dtype(at::kByte)), to = at::zeros_like(from);
  const double product = time_runs(model.device, kRuns, [&] { square.matmul(square); }).min_s;
  const double copy = time_runs(model.device, kRuns, [&] { to.copy_(from); }).min_s;
  return {.flops_per_s = 2.0 * kSide * kSide * kSide / product, .bytes_per_s = 2.0 * kBytes / copy};
}

PartTiming time_vae_decode(const Pipeline& pipeline, int width, int height, int batch, int runs) {
  const Pipeline::State& model = *pipeline.state();
  const ContextScope scope(*model.context);
  const std::string& input = model.autoencoder->decoder().program->band_input();
  const at::Tensor latents =
      random_decoder_inputs(model, width, height, batch).at(input).to(at::kFloat);
  return time_runs(model.device, runs, [&] { model.autoencoder->decode(latents, {}); });
}

PartTiming time_picture(const Pipeline& pipeline, int width, int height, int steps, int runs) {
  const bool prompted = pipeline.state()->family->subject == pipeline::Subject::prompt;
  SamplerOptions options{.steps = steps};
  if (prompted) options.guidance.scale = 7.5;
  Session session = Sampler(pipeline, options).open();
  const auto make = [&] {
    if (!prompted) return draw_samples(session, {.width = width, .height = height});
    Request request{.prompt = "a prompt"};
    request.width = width;
    request.height = height;
    return session.run(request);
  };
  return time_runs(pipeline.state()->device, runs, make);
}

PartTiming time_text(const Pipeline& pipeline, int batch, int runs) {
  const Pipeline::State& model = *pipeline.state();
  const ContextScope scope(*model.context);
  return time_runs(model.device, runs, [&] {
    for (int i = 0; i < batch; ++i) {
      for (const pipeline::TextEncoder& encoder : model.text_encoders) {
        encoder.encode("a prompt", {}, {"last_hidden_state", "pooled"});
      }
    }
  });
}

}  // namespace latentrt
