#include <fmt/format.h>

#include <utility>

#include "base/fail.hpp"
#include "device/cuda/device_query.h"
#include "device/on_device.hpp"
#include "models/unet/unet.hpp"
#include "nn/ops/local_ops.hpp"
#include "nn/passes/fuse.hpp"
#include "nn/passes/mark_quantizable.hpp"
#include "nn/weights/packed.hpp"
#include "nn/weights/scalar_type.hpp"
#include "pipeline/pipeline_state.hpp"

namespace latentrt::pipeline {
namespace {

constexpr int kFallbackLatentSize = 64;

std::uint64_t parameter_count(const nn::Program& program) {
  std::uint64_t total = 0;
  for (const nn::WeightSpec& spec : nn::stored_tensors(program.weights())) {
    std::uint64_t count = 1;
    for (const std::int64_t extent : spec.shape) count *= static_cast<std::uint64_t>(extent);
    total += count;
  }
  return total;
}

ComponentInfo describe(std::string name, std::string class_name,
                       const std::vector<const nn::Program*>& programs,
                       const nn::WeightPlacement& placement) {
  ComponentInfo info{std::move(name), std::move(class_name), 0, 0};
  for (const nn::Program* program : programs) {
    info.parameters += parameter_count(*program);
    info.bytes += nn::WeightPlacer(*program, placement).bytes();
  }
  return info;
}

bool in_eight_bits(DType dtype) { return dtype == DType::int8 || dtype == DType::fp8; }

/// Of what is computed once a picture: 8 bits are for the denoiser.
nn::WeightPlacement beside_denoiser(nn::WeightPlacement placement) {
  if (in_eight_bits(placement.dtype)) placement.dtype = DType::bf16;
  return placement;
}

void check_on_gpu(DType dtype, at::Device device) {
  const int here = kernels::cuda_capability(device.index());
  const int needed = nn::needed_capability(dtype == DType::fp8 ? kernels::EightBits::e4m3
                                                               : kernels::EightBits::int8);
  if (here < needed)
    fail(Code::unsupported,
         "{} needs a GPU of compute capability {}.{}, and {} has {}.{}; bf16 and fp16 run on it",
         name_of(dtype), needed / 10, needed % 10, device.str(), here / 10, here % 10);
}

void check_dtype(const nn::WeightPlacement& placement) {
  if (!in_eight_bits(placement.dtype)) return;
  if (!placement.device.is_cpu()) return check_on_gpu(placement.dtype, placement.device);
  if (placement.dtype == DType::fp8)
    fail(Code::unsupported, "fp8 is for GPUs; int8, bf16 and fp32 run on CPUs");
  if (!nn::can_quantize(placement.device))
    fail(Code::unsupported,
         "int8 needs a processor with 8-bit products (AVX512-VNNI or AMX), and LibTorch with "
         "oneDNN; bf16 and fp32 run here");
}

using ProgramPtr = std::shared_ptr<const nn::Program>;

ProgramPtr fused(const nn::Program& program) {
  return std::make_shared<const nn::Program>(nn::fuse(program));
}

struct AutoencoderPrograms {
  const char* class_name;
  ProgramPtr encoder, decoder;
};

struct BuildAutoencoder {
  AutoencoderPrograms operator()(const models::VaeConfig& config) const {
    return {"AutoencoderKL", fused(models::build_vae_encoder(config)),
            fused(models::build_vae_decoder(config))};
  }
  AutoencoderPrograms operator()(const models::TinyVaeConfig& config) const {
    return {"AutoencoderTiny", fused(models::build_tiny_vae_encoder(config)),
            fused(models::build_tiny_vae_decoder(config))};
  }
};

/// Builds the parts one by one into a State.
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
    state_->pack_cache = sources.pack_cache;
  }

  std::shared_ptr<const Pipeline::State> build() && {
    state_->class_name = configs_.class_name;
    state_->device = placement_.device;
    state_->scheduler = configs_.scheduler;
    state_->zeros_for_absent_negative = configs_.zeros_for_absent_negative;
    for (std::size_t i = 0; i < configs_.text_encoders.size(); ++i) add_text_encoder(i);
    add_unet();
    add_autoencoder();
    fill_info();
    return std::move(state_);
  }

 private:
  using Bound = std::vector<std::shared_ptr<const nn::BoundWeights>>;

  Bound bind(const std::string& component, const std::string& class_name,
             const std::vector<const nn::Program*>& programs, nn::WeightPlacement placement) {
    placement.packed = nn::can_pack(placement.device, placement.dtype);
    state_->info.components.push_back(describe(component, class_name, programs, placement));
    return sources_.weights(component, programs, placement);
  }

  void add_text_encoder(std::size_t i) {
    const models::ClipConfig& config = configs_.text_encoders[i];
    const ProgramPtr program = fused(models::build_clip(config));
    const char* class_name =
        config.with_projection ? "CLIPTextModelWithProjection" : "CLIPTextModel";
    Bound weights =
        bind(numbered("text_encoder", i), class_name, {program.get()}, beside_denoiser(placement_));
    state_->text_encoders.emplace_back(config, nn::Network{program, std::move(weights[0]), ops_},
                                       sources_.tokenize(numbered("tokenizer", i), config));
  }

  void add_unet() {
    const auto program = std::make_shared<const nn::Program>(
        nn::mark_quantizable(nn::fuse(models::build_unet(configs_.unet))));
    Bound weights = bind("unet", "UNet2DConditionModel", {program.get()}, placement_);
    state_->unet_config = configs_.unet;
    state_->denoiser = {program, std::move(weights[0]), ops_};
  }

  /// fp16 overflows in many autoencoders, so those that say so (force_upcast) run in fp32 instead.
  void add_autoencoder() {
    const models::LatentSpace space = configs_.latent_space();
    const AutoencoderPrograms parts = std::visit(BuildAutoencoder{}, configs_.vae);
    nn::WeightPlacement placement = beside_denoiser(placement_);
    if (placement.dtype == DType::fp16 && space.force_upcast) placement.dtype = DType::fp32;
    Bound weights =
        bind("vae", parts.class_name, {parts.encoder.get(), parts.decoder.get()}, placement);
    state_->autoencoder.emplace(space, nn::Network{parts.encoder, std::move(weights[0]), ops_},
                                nn::Network{parts.decoder, std::move(weights[1]), ops_});
  }

  void fill_info() {
    PipelineInfo& info = state_->info;
    const auto latent_size = configs_.unet.sample_size > 0
                                 ? static_cast<int>(configs_.unet.sample_size)
                                 : kFallbackLatentSize;
    const ModelScheduler& scheduler = configs_.scheduler;
    info.class_name = configs_.class_name;
    info.scheduler = scheduler.solver.name;
    info.scheduler_class = scheduler.class_name;
    info.scheduler_refusal = scheduler.solver.refusal;
    info.nearest_scheduler = scheduler.solver.nearest;
    info.prediction_type = scheduler.prediction_type();
    info.pixels_per_latent = configs_.latent_space().factor;
    info.default_width = info.default_height = latent_size * info.pixels_per_latent;
    info.latent_channels = static_cast<int>(configs_.latent_space().latent_channels);
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

std::int64_t context_width(const ModelConfigs& configs) {
  std::int64_t width = 0;
  for (const models::ClipConfig& encoder : configs.text_encoders) width += encoder.hidden_size;
  return width;
}

}  // namespace

std::string numbered(std::string_view stem, std::size_t index) {
  return index == 0 ? std::string(stem) : fmt::format("{}_{}", stem, index + 1);
}

void check_fit(const ModelConfigs& configs) {
  const std::int64_t latent_channels = configs.latent_space().latent_channels;
  if (configs.unet.in_channels != latent_channels || configs.unet.out_channels != latent_channels) {
    fail(Code::unsupported,
         "the unet has {} input and {} output channels, the vae {} latent channels: they must be "
         "equal",
         configs.unet.in_channels, configs.unet.out_channels, latent_channels);
  }
  if (configs.unet.context_channels() != context_width(configs)) {
    fail(Code::invalid_argument,
         "the unet's cross_attention_dim is {}, the text encoders give {} channels",
         configs.unet.context_channels(), context_width(configs));
  }
}

std::shared_ptr<const Pipeline::State> assemble(const Context& context, const ModelConfigs& configs,
                                                const ModelSources& sources,
                                                const PipelineOptions& options) {
  check_fit(configs);
  return on_device(*context.state(), "the model",
                   [&] { return Assembly(context, configs, sources, options).build(); });
}

}  // namespace latentrt::pipeline
