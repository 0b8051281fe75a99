#include "pipeline/pipeline_state.hpp"

namespace latentrt::pipeline {

RunDefaults defaults_of(const Pipeline::State& model, std::string_view named) {
  return run_defaults({.guidance = model.family->guidance,
                       .steps = model.family->steps,
                       .consistency_model = model.family->consistency_model,
                       .scheduler = model.scheduler,
                       .embeds_guidance = model.embeds_guidance()},
                      named);
}

}  // namespace latentrt::pipeline
