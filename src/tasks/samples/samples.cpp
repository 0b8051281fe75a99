#include <latentrt/samples.hpp>

#include "base/fail.hpp"
#include "components/class_names.hpp"
#include "tasks/sampler_state.hpp"

namespace latentrt {
namespace pipeline {
namespace {

/// The index of the class that the request names.
std::optional<std::int64_t> label_of(const Setup& setup, const SampleRequest& asked) {
  const Pipeline::State& model = setup.model;
  check_needs_no_mask(model);
  if (model.family->subject == Subject::nothing) {
    if (asked.class_label)
      fail(Code::invalid_argument, "the model was trained without classes: leave the class out");
    return std::nullopt;
  }
  check_subject(model, Subject::class_label, "sample");
  const Classes& classes = *model.classes();
  none_of(classes, setup.plan.guidance.active() || !asked.class_label);
  if (!asked.class_label) return std::nullopt;
  return find_class_label(classes, *asked.class_label);
}

Binding bind_samples(const Setup& setup, const SampleRequest& asked) {
  const std::optional<std::int64_t> label = label_of(setup, asked);
  Binding binding =
      bind(setup,
           std::make_shared<const Request>(request_of(asked.settings, asked.width, asked.height)));
  binding.conditioning.class_label = label;
  binding.begin = begin_as_noise;
  return binding;
}

}  // namespace
}  // namespace pipeline

Result draw_samples(Session& session, const SampleRequest& request, const StepCallback& on_step) {
  return session.state().run(
      [&](const pipeline::Setup& setup) { return pipeline::bind_samples(setup, request); },
      on_step);
}

void check_samples(const Session& session, const SampleRequest& request) {
  pipeline::bind_samples(session.state().setup(), request);
}

}  // namespace latentrt
