#include <fmt/format.h>

#include <utility>

#include "base/fail.hpp"
#include "device/on_device.hpp"
#include "loading/pickles.hpp"
#include "loading/placement.hpp"
#include "nn/ops/local_ops.hpp"
#include "nn/passes/fuse.hpp"
#include "nn/passes/mark_quantizable.hpp"
#include "nn/weights/packed.hpp"
#include "pipeline/pipeline_state.hpp"

namespace latentrt::pipeline {
namespace {

constexpr int kFallbackLatentSize = 64;

ComponentInfo describe(const Component& component, const std::vector<const nn::Program*>& programs,
                       const nn::WeightPlacement& placement) {
  ComponentInfo info{component.name(), component.class_name, 0, 0};
  for (const nn::Program* program : programs) {
    info.parameters += parameter_count(*program);
    info.bytes += nn::WeightPlacer(*program, placement).bytes();
  }
  return info;
}

/// Only the denoiser runs in 8 bits: the other networks run once per picture. fp16 overflows in
/// many autoencoders; those that declare it (force_upcast) run in fp32 instead.
nn::WeightPlacement placement_for(const Component& component, nn::WeightPlacement placement) {
  if (component.place.use != Use::denoiser && in_eight_bits(placement.dtype))
    placement.dtype = DType::bf16;
  if (placement.dtype == DType::fp16 && component.force_upcast()) placement.dtype = DType::fp32;
  placement.packed = nn::can_pack(placement.device, placement.dtype);
  return placement;
}

/// Only the denoiser runs in 8 bits.
std::vector<std::shared_ptr<const nn::Program>> fused_programs(const Component& component) {
  const bool marks = component.place.use == Use::denoiser;
  std::vector<std::shared_ptr<const nn::Program>> programs;
  for (const nn::Program& program : component.build()) {
    nn::Program fused = nn::fuse(program);
    programs.push_back(std::make_shared<const nn::Program>(
        marks ? nn::mark_quantizable(std::move(fused)) : std::move(fused)));
  }
  return programs;
}

/// Builds the components one by one into a State.
class Assembly {
 public:
  Assembly(const Context& context, const ModelConfigs& configs, const ModelSources& sources,
           const PipelineOptions& options)
      : configs_(configs),
        sources_(sources),
        placement_{.device = context.state()->device(), .dtype = options.dtype},
        ops_(std::make_shared<const nn::LocalOps>()),
        state_(std::make_shared<Pipeline::State>()) {
    check_dtype(placement_);
    state_->context = context.state();
    state_->structure_only = options.structure_only;
    state_->pickles = pickles_of(options);
    state_->pack_cache = sources.pack_cache;
  }

  std::shared_ptr<const Pipeline::State> build() && {
    state_->class_name = configs_.class_name;
    state_->family = configs_.family;
    state_->flags = configs_.flags;
    state_->components = configs_.components;
    state_->device = placement_.device;
    state_->scheduler = configs_.scheduler;
    for (const Component& component : configs_.components) add(component);
    fill_info();
    return std::move(state_);
  }

 private:
  void add(const Component& component) {
    std::vector<nn::Network> networks = networks_of(component);
    switch (component.place.use) {
      case Use::text_encoder:
        state_->text_encoders.emplace_back(*component.text, std::move(networks[0]),
                                           sources_.tokenize(component));
        break;
      case Use::condition:
        state_->conditions.emplace(component.name(), std::move(networks[0]));
        break;
      case Use::denoiser:
        state_->denoiser = std::move(networks[0]);
        break;
      case Use::autoencoder:
        state_->autoencoder.emplace(latent_space_of(component), std::move(networks[0]),
                                    std::move(networks[1]));
        break;
    }
  }

  models::LatentSpace latent_space_of(const Component& component) const {
    models::LatentSpace space = *component.latent_space;
    if (!configs_.family->scales_latents) {
      space.scaling_factor = 1;
      space.shift_factor = 0;
    }
    return space;
  }

  std::vector<nn::Network> networks_of(const Component& component) {
    const nn::WeightPlacement placement = placement_for(component, placement_);
    const auto programs = fused_programs(component);
    std::vector<const nn::Program*> pointers;
    for (const auto& program : programs) pointers.push_back(program.get());
    state_->info.components.push_back(describe(component, pointers, placement));
    const auto weights = sources_.weights(component, pointers, placement);
    std::vector<nn::Network> networks;
    for (std::size_t i = 0; i < programs.size(); ++i)
      networks.push_back({programs[i], weights[i], ops_});
    return networks;
  }

  void fill_info() {
    PipelineInfo& info = state_->info;
    const std::int64_t trained =
        find_component(configs_.components, Use::denoiser)->denoiser->sample_size;
    const int latent_size = trained > 0 ? static_cast<int>(trained) : kFallbackLatentSize;
    const models::LatentSpace& space = state_->autoencoder->space();
    const ModelScheduler& scheduler = configs_.scheduler;
    info.class_name = configs_.class_name;
    info.scheduler = scheduler.solver.name;
    info.scheduler_class = scheduler.class_name;
    info.scheduler_refusal = scheduler.solver.refusal;
    info.nearest_scheduler = scheduler.solver.nearest;
    info.prediction_type = scheduler.prediction_type();
    info.pixels_per_latent = space.factor;
    if (const Classes* const classes = state_->classes()) {
      info.classes = static_cast<int>(classes->count);
      info.class_names = classes->names;
    }
    info.default_width = info.default_height = latent_size * info.pixels_per_latent;
    info.latent_channels = static_cast<int>(space.latent_channels);
    info.train_timesteps = schedule::train_timesteps(scheduler.options);
    const RunDefaults defaults = defaults_of(*state_, "");
    info.default_steps = defaults.steps;
    info.default_guidance = defaults.guidance;
    info.distillation = defaults.kind;
    info.warnings = configs_.warnings;
  }

  const ModelConfigs& configs_;
  const ModelSources& sources_;
  nn::WeightPlacement placement_;
  std::shared_ptr<const nn::OpSet> ops_;
  std::shared_ptr<Pipeline::State> state_;
};

/// A run needs both.
void check_uses(const ModelConfigs& configs) {
  for (const auto& [use, what] :
       {std::pair(Use::denoiser, "denoiser"), std::pair(Use::autoencoder, "autoencoder")}) {
    if (!find_component(configs.components, use))
      fail(Code::unsupported, "models of the family {} have no {}", configs.family->name, what);
  }
}

}  // namespace

std::shared_ptr<const Pipeline::State> assemble(const Context& context, const ModelConfigs& configs,
                                                const ModelSources& sources,
                                                const PipelineOptions& options) {
  check_uses(configs);
  configs.family->check(configs.components);
  return on_device(*context.state(), "the model",
                   [&] { return Assembly(context, configs, sources, options).build(); });
}

}  // namespace latentrt::pipeline
