/// Sampler and Session of the public interface, for requests with a prompt.
#include <latentrt/sampler.hpp>

#include "estimate/costs.hpp"
#include "estimate/memory.hpp"
#include "tasks/image/image.hpp"
#include "tasks/sampler_state.hpp"

namespace latentrt {

void Sampler::check(const Request& request) const {
  pipeline::bind_image(state_->setup(), request);
}

MemoryEstimate Sampler::memory(const Request& request) const {
  Request unlimited = request;
  unlimited.max_memory_bytes = 0;
  pipeline::bind(state_->setup(), pipeline::borrowed(unlimited));
  const Pipeline::State& model = *state_->model;
  return pipeline::estimate_memory(model, *state_->plan, request,
                                   model.denoiser.weights->placement().dtype);
}

std::vector<VariantCost> Sampler::costs(const Request& request) const {
  pipeline::bind(state_->setup(), pipeline::borrowed(request));
  return pipeline::variant_costs(*state_->model, *state_->plan, request);
}

Result Sampler::run(const Request& request, const StepCallback& on_step) const {
  return open().run(request, on_step);
}

Result Session::run(const Request& request, const StepCallback& on_step) {
  return state_->run(
      [&](const pipeline::Setup& setup) { return pipeline::bind_image(setup, request); }, on_step);
}

void Session::check(const Request& request) const {
  pipeline::bind_image(state_->setup(), request);
}

}  // namespace latentrt
