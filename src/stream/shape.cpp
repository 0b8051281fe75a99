#include "stream/shape.hpp"

#include "accel/stream.hpp"
#include "base/check_range.hpp"
#include "base/fail.hpp"
#include "sampling/stream_batch.hpp"
#include "stream/pace.hpp"

namespace latentrt::pipeline {
namespace {

constexpr int kMaxRamp = 1'000'000;
constexpr double kMaxGuidance = 1000;
constexpr double kNoSignalSigma = 4096;  // as in schedule::Step

schedule::Trajectory trajectory_of(const sampling::StreamShape& shape) {
  schedule::Trajectory trajectory;
  for (const schedule::ConsistencyStage& stage : shape.stages) {
    schedule::Step step;
    step.timestep = stage.timestep;
    step.sigma = stage.signal > 0 ? stage.noise / stage.signal : kNoSignalSigma;
    trajectory.steps.push_back(step);
  }
  return trajectory;
}

}  // namespace

void check_stream_options(const StreamOptions& options) {
  accel::check_ranges(options);
  check_range("guidance", options.guidance, 0, kMaxGuidance);
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

sampling::StreamShape stream_shape(const Pipeline::State& model, const StreamOptions& options) {
  return {.stages = schedule::consistency_stages(model.scheduler.options, options.t_index),
          .frames = options.frame_buffer,
          .add_noise = options.add_noise,
          .guidance = options.residual};
}

StreamOptions reduced(StreamOptions options) {
  const auto stages = static_cast<int>(options.t_index.size());
  if (stages > 0)
    options.t_index = kept_stages(options.t_index, effort(options.reduction, stages).stages);
  return options;
}

void check_stages(const Pipeline::State& model, const StreamOptions& options,
                  const std::vector<AcceleratorPtr>& accelerators) {
  check_delta(stream_shape(model, options), options.delta);
  const sampling::StreamShape shape = stream_shape(model, reduced(options));
  sampling::StreamNetwork(stream_plan(model, shape, accelerators), shape);
}

int stream_delay(const StreamOptions& options) {
  const auto stages = static_cast<int>(reduced(options).t_index.size());
  return stages * options.frame_buffer - 1;
}

std::shared_ptr<const sampling::Plan> stream_plan(const Pipeline::State& model,
                                                  const sampling::StreamShape& shape,
                                                  std::vector<AcceleratorPtr> accelerators) {
  accelerators.push_back(accel::make_stream());
  return sampling::make_plan(model.denoiser, trajectory_of(shape), {}, std::move(accelerators));
}

}  // namespace latentrt::pipeline
