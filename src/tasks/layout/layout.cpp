#include <latentrt/layout.hpp>

#include "base/fail.hpp"
#include "components/class_names.hpp"
#include "tasks/sampler_state.hpp"

namespace latentrt {
namespace pipeline {
namespace {

constexpr std::size_t kMostBoxes = 30;

void check_box(const Classes& classes, const LayoutBox& object, std::size_t place) {
  const auto [left, top, right, bottom] = object.box;
  const bool inside = left >= 0 && top >= 0 && right <= 1 && bottom <= 1;
  if (!inside || !(left < right) || !(top < bottom)) {
    fail(Code::invalid_argument,
         "box {} is [{}, {}, {}, {}]: it must be left, top, right and bottom "
         "from 0 to 1 of the "
         "picture, with left < right and top < bottom",
         place, left, top, right, bottom);
  }
  check_class_label(classes, object.class_label);
}

Binding bind_layout(const Setup& setup, const LayoutRequest& asked) {
  check_subject(setup.model, Subject::boxes, "layout");
  if (asked.boxes.empty() || asked.boxes.size() > kMostBoxes) {
    fail(Code::invalid_argument, "there are {} boxes; a picture has 1 to {}", asked.boxes.size(),
         kMostBoxes);
  }
  for (std::size_t i = 0; i < asked.boxes.size(); ++i)
    check_box(*setup.model.classes(), asked.boxes[i], i + 1);
  Binding binding =
      bind(setup,
           std::make_shared<const Request>(request_of(asked.settings, asked.width, asked.height)));
  binding.conditioning.boxes = asked.boxes;
  binding.begin = begin_as_noise;
  return binding;
}

}  // namespace
}  // namespace pipeline

Result paint_layout(Session& session, const LayoutRequest& request, const StepCallback& on_step) {
  return session.state().run(
      [&](const pipeline::Setup& setup) { return pipeline::bind_layout(setup, request); }, on_step);
}

void check_layout(const Session& session, const LayoutRequest& request) {
  pipeline::bind_layout(session.state().setup(), request);
}

}  // namespace latentrt
