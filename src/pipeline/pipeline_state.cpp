#include "pipeline/pipeline_state.hpp"

namespace latentrt {

pipeline::RunDefaults Pipeline::State::defaults(std::string_view named) const {
  return pipeline::run_defaults({.pipeline_class = class_name,
                                 .scheduler = scheduler,
                                 .embeds_guidance = unet_config.embeds_guidance()},
                                named);
}

}  // namespace latentrt
