#include "components/clip_classes.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace latentrt::pipeline {
namespace {

/// Module names with and without the outer module, and with the UNet's names for projections, which
/// old files use.
std::vector<std::string> adapter_names(const std::string& module) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kOld{
      {{"q_proj", "to_q"}, {"k_proj", "to_k"}, {"v_proj", "to_v"}, {"out_proj", "to_out"}}};
  std::vector<std::string> names{module, "text_model." + module};
  for (const auto& [now, old] : kOld) {
    if (!module.ends_with(now)) continue;
    const std::string renamed = module.substr(0, module.size() - now.size()).append(old);
    names.insert(names.end(), {renamed, "text_model." + renamed});
  }
  return names;
}

Component component_of(const models::ClipConfig& clip) {
  Component component;
  component.build = [clip] { return std::vector{models::build_clip(clip)}; };
  component.adapter_names = adapter_names;
  // Buffers, the vision tower, the projection if it is not read, and the layer after the last one
  // that is read.
  component.ignored = {"text_projection",
                       "logit_scale",
                       "visual.",
                       "visual_projection.",
                       "vision_model.",
                       "attn_mask",
                       "embeddings.position_ids",
                       fmt::format("transformer.resblocks.{}.", clip.layers)};
  component.text = clip;
  return component;
}

Component read_clip(const io::Config& config) {
  return component_of(models::ClipConfig::from(config, false));
}

Component read_projecting_clip(const io::Config& config) {
  return component_of(models::ClipConfig::from(config, true));
}

}  // namespace

std::vector<ComponentClass> clip_classes() {
  return {{kClipClass, read_clip}, projecting_clip_class()};
}

ComponentClass projecting_clip_class() { return {kProjectingClipClass, read_projecting_clip}; }

}  // namespace latentrt::pipeline
