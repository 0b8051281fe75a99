#include "pipeline/run_defaults.hpp"

#include <algorithm>

namespace latentrt::pipeline {
namespace {

constexpr int kFewSteps = 4;

bool has(const schedule::Options& options, std::string_view key, std::string_view text) {
  const auto found = options.find(std::string(key));
  return found != options.end() && found->second.text == text;
}

bool is_on(const schedule::Options& options, std::string_view key) {
  const auto found = options.find(std::string(key));
  return found != options.end() && found->second.boolean;
}

bool is_consistency_model(const ModelKind& model, std::string_view named) {
  return model.consistency_model || model.embeds_guidance || named == "lcm" ||
         model.scheduler.class_name == "LCMScheduler";
}

/// SD-Turbo, SDXL-Turbo and SDXL-Lightning: Euler steps from the noisiest timestep on. Models with
/// zero terminal SNR start there as well and are not distilled (Lin et al. 2023).
bool is_adversarially_distilled(const ModelScheduler& scheduler) {
  if (scheduler.class_name == "TCDScheduler") return true;
  const bool euler = scheduler.class_name == "EulerDiscreteScheduler" ||
                     scheduler.class_name == "EulerAncestralDiscreteScheduler";
  return euler && has(scheduler.options, "timestep_spacing", "trailing") &&
         scheduler.prediction_type() == "epsilon" &&
         !is_on(scheduler.options, "rescale_betas_zero_snr");
}

RunDefaults defaults_of(const ModelKind& model, std::string_view named) {
  if (is_consistency_model(model, named)) {
    return {.steps = kFewSteps,
            .guidance = model.embeds_guidance ? 8.5 : 1,
            .kind = "a latent consistency model"};
  }
  if (is_adversarially_distilled(model.scheduler))
    return {.steps = kFewSteps, .guidance = 0, .kind = "distilled to few steps"};
  return {.steps = model.steps, .guidance = model.guidance};
}

}  // namespace

RunDefaults run_defaults(const ModelKind& model, std::string_view named) {
  RunDefaults defaults = defaults_of(model, named);
  defaults.steps = std::min(defaults.steps, schedule::train_timesteps(model.scheduler.options));
  return defaults;
}

}  // namespace latentrt::pipeline
