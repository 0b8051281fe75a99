#include <latentrt/semantic.hpp>

#include <ATen/ops/from_blob.h>

#include "base/fail.hpp"
#include "components/class_names.hpp"
#include "tasks/sampler_state.hpp"

namespace latentrt {
namespace pipeline {
namespace {

void check_size(const LabelMap& labels) {
  const bool positive = labels.width > 0 && labels.height > 0;
  const std::size_t pixels =
      positive ? static_cast<std::size_t>(labels.width) * static_cast<std::size_t>(labels.height)
               : 0;
  if (positive && labels.classes.size() == pixels) return;
  fail(Code::invalid_argument, "{} classes do not match a map of {} x {} pixels",
       labels.classes.size(), labels.width, labels.height);
}

void check_classes(const Classes& known, const LabelMap& labels) {
  for (std::size_t i = 0; i < labels.classes.size(); ++i) {
    if (labels.classes[i] < known.count) continue;
    const auto width = static_cast<std::size_t>(labels.width);
    fail(Code::invalid_argument,
         "the pixel at ({}, {}) has class {}: the model has the classes 0 to {}", i % width,
         i / width, labels.classes[i], known.count - 1);
  }
}

at::Tensor to_tensor(const LabelMap& labels) {
  // from_blob takes a non-const pointer; converted at once
  auto* const data = const_cast<std::uint8_t*>(labels.classes.data());
  return at::from_blob(data, {1, labels.height, labels.width}, at::kByte).to(at::kLong);
}

Binding bind_semantic(const Setup& setup, const SemanticRequest& asked) {
  check_subject(setup.model, Subject::label_map, "semantic");
  check_size(asked.labels);
  check_classes(*setup.model.classes(), asked.labels);
  Binding binding = bind(setup, std::make_shared<const Request>(request_of(
                                    asked.settings, asked.labels.width, asked.labels.height)));
  binding.conditioning.label_map = to_tensor(asked.labels);
  binding.begin = begin_as_noise;
  return binding;
}

}  // namespace
}  // namespace pipeline

Result paint_labels(Session& session, const SemanticRequest& request, const StepCallback& on_step) {
  return session.state().run(
      [&](const pipeline::Setup& setup) { return pipeline::bind_semantic(setup, request); },
      on_step);
}

void check_labels(const Session& session, const SemanticRequest& request) {
  pipeline::bind_semantic(session.state().setup(), request);
}

}  // namespace latentrt
