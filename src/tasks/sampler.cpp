#include <latentrt/sampler.hpp>

#include <cmath>
#include <utility>

#include "accel/registry.hpp"
#include "base/check_range.hpp"
#include "base/fail.hpp"
#include "sampling/gaussian/brownian_noise.hpp"
#include "tasks/sampler_state.hpp"

namespace latentrt {
namespace {

void check_options(const SamplerOptions& options) {
  constexpr double kMaxGuidance = 1000;
  check_range("guidance", *options.guidance.scale, 0, kMaxGuidance);
  check_range("guidance_rescale", options.guidance.rescale, 0, 1);
  check_range("guidance_start", options.guidance.start, 0, 1);
  check_range("guidance_stop", options.guidance.stop, options.guidance.start, 1);
  check_range("strength", options.strength, 0, 1);
  if (!options.from_image && options.strength != 1) {
    fail(Code::invalid_argument, "strength {} needs an image to start from", options.strength);
  }
}

/// Guidance extrapolates from a picture without the condition.
void check_guidance(const Pipeline::State& model, const SamplerOptions& options) {
  if (model.family->can_guide || *options.guidance.scale <= 1) return;
  fail(Code::invalid_argument,
       "guidance {} has no effect: models of the class {} make no pictures without their condition",
       *options.guidance.scale, model.class_name);
}

/// With the model's defaults for settings that the caller did not set.
SamplerOptions filled_in(const Pipeline::State& model, SamplerOptions options) {
  const pipeline::RunDefaults defaults = pipeline::defaults_of(model, options.schedule.name);
  if (!options.steps) options.steps = defaults.steps;
  if (!options.timesteps.empty()) options.steps = static_cast<int>(options.timesteps.size());
  if (!options.sigmas.empty()) options.steps = static_cast<int>(options.sigmas.size()) - 1;
  if (!options.guidance.scale) options.guidance.scale = defaults.guidance;
  return options;
}

/// The solver that the caller names, else the model's own.
std::string solver_for(const Pipeline::State& model, const SamplerOptions& options) {
  const schedule::ModelSolver& own = model.scheduler.solver;
  const bool named = !options.schedule.name.empty();
  if (own.name.empty() && !(named && own.replaceable)) fail(Code::unsupported, "{}", own.refusal);
  if (named) schedule::check_fits(options.schedule.name, own);
  return named ? options.schedule.name : own.name;
}

/// The model's own scheduler options, overridden by the ones that the caller gave.
schedule::Trajectory trajectory_for(const Pipeline::State& model, const SamplerOptions& options) {
  const std::string solver = solver_for(model, options);
  schedule::Options merged = schedule::parse_options(solver, options.schedule);
  schedule::Options own = model.scheduler.options;
  if (!options.schedule.name.empty()) own = schedule::options_for_named(solver, std::move(own));
  merged.insert(own.begin(), own.end());
  return schedule::make_trajectory(solver, merged,
                                   {.steps = *options.steps,
                                    .timesteps = options.timesteps,
                                    .sigmas = options.sigmas,
                                    .strength = options.strength,
                                    .from_image = options.from_image,
                                    .roots = sampling::library_roots});
}

/// For networks with the scale as an input, guidance is part of the network.
sampling::GuidancePolicy guidance_for(const Pipeline::State& model, const Guidance& guidance,
                                      std::size_t calls) {
  if (model.embeds_guidance()) return {};

  const auto call_at = [&](double part) {
    return static_cast<std::size_t>(part * static_cast<double>(calls));
  };
  return {.scale = *guidance.scale,
          .rescale = guidance.rescale,
          .begin = call_at(guidance.start),
          .end = call_at(guidance.stop),
          .below_one = model.family->guides_below_one};
}

}  // namespace

Sampler::Sampler(const Pipeline& pipeline, const SamplerOptions& given,
                 const std::vector<AcceleratorChoice>& accelerators) {
  const std::shared_ptr<const Pipeline::State>& model = pipeline.state();
  const SamplerOptions options = filled_in(*model, given);
  check_options(options);
  check_guidance(*model, options);
  schedule::Trajectory trajectory = trajectory_for(*model, options);
  const sampling::GuidancePolicy guidance =
      guidance_for(*model, options.guidance, trajectory.steps.size());
  auto plan = sampling::make_plan(model->denoiser, std::move(trajectory), guidance,
                                  accel::make_accelerators(accelerators));
  state_ = std::make_shared<const State>(State{model, options, std::move(plan)});
}

std::string Sampler::explain() const {
  const std::string& solver = state_->options.schedule.name;
  const pipeline::ModelScheduler& scheduler = state_->model->scheduler;
  const std::string own =
      fmt::format("{} (the model's own, {})", scheduler.solver.name, scheduler.class_name);
  return fmt::format("solver: {}\n", solver.empty() ? own : state_->options.schedule.to_string()) +
         state_->plan->explain();
}

const SamplerOptions& Sampler::options() const noexcept { return state_->options; }

Session Sampler::open() const { return open(Ranks::alone()); }

Session Sampler::open(const Ranks& ranks) const {
  return Session(
      std::make_unique<Session::State>(state_->model, state_->options, state_->plan, ranks));
}

Session::Session(std::unique_ptr<State> state) : state_(std::move(state)) {}
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

Session::State& Session::state() const noexcept { return *state_; }

void Session::cancel() noexcept { state_->cancel.cancel(); }

std::vector<std::string> schedule_names() { return schedule::solver_names(); }

std::vector<std::string> accelerator_names() { return accel::make_registry().names(); }

}  // namespace latentrt
