#include "stream/shape.hpp"

#include "accel/stream.hpp"
#include "base/check_range.hpp"
#include "base/fail.hpp"
#include "stream/rate_controller.hpp"

namespace latentrt::pipeline {
namespace {

constexpr int kMaxRamp = 1'000'000;
constexpr double kMaxGuidance = 1000;

}  // namespace

void check_stream_options(const StreamOptions& options) {
  accel::check_ranges(options);
  check_range("guidance", options.guidance, 0, kMaxGuidance);
  check_range("guidance_stop", options.guidance_stop, options.guidance_start, 1);
}

void check_stream_ranks(const StreamOptions& options, int ranks) {
  if (ranks == 1) return;
  if (options.target_fps > 0) {
    fail(Code::invalid_argument,
         "target_fps follows the clock, and {} ranks have one each: set reduction instead", ranks);
  }
  if (!options.recording.empty()) {
    fail(Code::invalid_argument,
         "a stream of {} ranks keeps no recording: one process could not replay it bit for bit",
         ranks);
  }
}

void check_ramp(int frames) { check_range("ramp", frames, 0, kMaxRamp); }

StreamShape stream_shape(const Pipeline::State& model, const StreamOptions& options) {
  const auto stage_at = [&](double part) {
    return static_cast<std::size_t>(part * static_cast<double>(options.t_index.size()));
  };
  StreamShape shape{
      .stages = schedule::consistency_stages(model.scheduler.options, options.t_index),
      .frames = options.frame_buffer,
      .add_noise = options.add_noise,
      .guidance = options.residual,
      .guided_from = stage_at(options.guidance_start),
      .guided_to = stage_at(options.guidance_stop)};
  if (shape.guidance == StreamGuidance::onetime_negative && shape.guided_from > 0) {
    fail(Code::invalid_argument,
         "guidance_start {} leaves out the first stage, where onetime_negative guidance computes "
         "its negative",
         options.guidance_start);
  }
  return shape;
}

StreamOptions reduced(StreamOptions options) {
  const auto stages = static_cast<int>(options.t_index.size());
  if (stages > 0)
    options.t_index = kept_stages(options.t_index, work_level(options.reduction, stages).stages);
  return options;
}

void check_stages(const Pipeline::State& model, const StreamOptions& options,
                  const std::vector<AcceleratorPtr>& accelerators) {
  check_delta(stream_shape(model, options), options.delta);
  stream_plan(model.denoiser, stream_shape(model, reduced(options)), accelerators);
}

int stream_delay(const StreamOptions& options) {
  const auto stages = static_cast<int>(reduced(options).t_index.size());
  return stages * options.frame_buffer - 1;
}

}  // namespace latentrt::pipeline
