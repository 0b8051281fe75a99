#include "components/unet_class.hpp"

#include "components/concat_input.hpp"
#include "models/unet/unet.hpp"

namespace latentrt::pipeline {
namespace {

/// In a file that uses the attention module's name for its projections, "to_out" means only the
/// output.
std::string without_index(const std::string& module) {
  constexpr std::string_view kOutput = ".to_out.0";
  return module.ends_with(kOutput) ? module.substr(0, module.size() - 2) : module;
}

Component component_of(const models::UnetConfig& unet) {
  const auto training_name = [layout = layout_of(unet)](std::string_view name) {
    return io::compvis_unet_name(name, layout);
  };
  Component component;
  component.build = [unet] {
    return std::vector{with_concat_input(models::build_unet(unet), unet.out_channels)};
  };
  component.training_name = training_name;
  component.adapter_names = [training_name](const std::string& module) {
    return std::vector{module, without_index(module), training_name(module)};
  };
  component.denoiser = {.in_channels = unet.in_channels,
                        .out_channels = unet.out_channels,
                        .context_channels = unet.context_channels(),
                        .sample_size = unet.sample_size,
                        .size_multiple = unet.size_multiple()};
  return component;
}

Component read_unet(const io::Config& config) {
  return component_of(models::UnetConfig::from(config));
}

Component read_unconditional_unet(const io::Config& config) {
  const auto unet = models::UnetConfig::unconditional_from(config);
  Component component = component_of(unet);
  component.training_tensor = [layout = layout_of(unet)](std::string_view name) {
    return io::compvis_plain_unet_name(name, layout);
  };
  return component;
}

}  // namespace

ComponentClass unet_class() { return {kUnetClass, read_unet}; }

ComponentClass unconditional_unet_class() {
  return {kUnconditionalUnetClass, read_unconditional_unet};
}

io::UnetLayout layout_of(const models::UnetConfig& config) {
  io::UnetLayout layout;
  for (const models::UnetLevel& level : config.levels) {
    layout.layers.push_back(static_cast<int>(level.layers));
    layout.up_attention.push_back(level.up.attention != models::BlockAttention::none);
    layout.down_resnet.push_back(level.down.resnet_resampling);
    layout.up_resnet.push_back(level.up.resnet_resampling);
    const bool down = level.down.attention == models::BlockAttention::self;
    layout.heads.push_back(down ? level.down.heads.count : level.up.heads.count);
  }
  if (config.middle.attention == models::BlockAttention::self)
    layout.heads.back() = config.middle.heads.count;
  return layout;
}

}  // namespace latentrt::pipeline
