#pragma once
/// The implementation of a Sampler and a Session.

#include <latentrt/sampler.hpp>
#include <memory>

#include "base/cancel.hpp"
#include "device/on_device.hpp"
#include "tasks/ranks_state.hpp"
#include "tasks/run.hpp"

namespace latentrt {

struct Sampler::State {
  std::shared_ptr<const Pipeline::State> model;
  SamplerOptions options;
  std::shared_ptr<const sampling::Plan> plan;

  pipeline::Setup setup() const { return {*model, options, *plan}; }
};

struct Session::State {
  State(std::shared_ptr<const Pipeline::State> the_model, SamplerOptions the_options,
        std::shared_ptr<const sampling::Plan> plan, const Ranks& the_ranks)
      : model(std::move(the_model)),
        options(std::move(the_options)),
        ranks(the_ranks),
        sampling(std::move(plan)) {
    sampling.ranks = ranks.state()->communicator.get();
  }

  pipeline::Setup setup() const { return {*model, options, *sampling.plan, sampling.ranks}; }

  /// Runs the binding that `bind(setup())` returns; `bind` may throw.
  template <class Bind>
  Result run(const Bind& bind, const StepCallback& on_step) {
    cancel.reset();  // first of all, so that no cancel() of this run is lost
    const CancelScope scope(cancel);
    try {
      return on_device(*model->context, "the run",
                       [&] { return pipeline::run(*model, sampling, bind(setup()), on_step); });
    } catch (const std::exception& error) {
      ranks.give_up(error.what());
      throw;
    }
  }

  std::shared_ptr<const Pipeline::State> model;
  SamplerOptions options;
  Ranks ranks;
  sampling::SessionState sampling;
  CancelFlag cancel;
};

}  // namespace latentrt
