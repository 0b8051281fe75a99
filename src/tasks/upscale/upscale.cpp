#include <latentrt/resize.hpp>
#include <latentrt/upscale.hpp>

#include "base/fail.hpp"
#include "pictures/host_data.hpp"
#include "tasks/sampler_state.hpp"

namespace latentrt {
namespace pipeline {
namespace {

/// Sides are multiples of it, as in diffusers.
constexpr int kMultiple = 32;

Image on_grid(const Image& image) {
  const PixelView checked(image);
  if (checked.width < kMultiple || checked.height < kMultiple) {
    fail(Code::invalid_argument, "the picture has {} x {} pixels; the least side is {}",
         checked.width, checked.height, kMultiple);
  }
  return resize(image, image.width / kMultiple * kMultiple, image.height / kMultiple * kMultiple);
}

Binding bind_upscale(const Setup& setup, const UpscaleRequest& asked) {
  check_subject(setup.model, Subject::picture, "upscale");
  const Image image = on_grid(asked.image);
  const int factor = setup.model.factor();
  Binding binding = bind(setup, std::make_shared<const Request>(request_of(
                                    asked.settings, image.width * factor, image.height * factor)));
  binding.conditioning.picture = to_tensor(PixelView(image));
  binding.begin = begin_as_noise;
  return binding;
}

}  // namespace
}  // namespace pipeline

Result upscale(Session& session, const UpscaleRequest& request, const StepCallback& on_step) {
  return session.state().run(
      [&](const pipeline::Setup& setup) { return pipeline::bind_upscale(setup, request); },
      on_step);
}

void check_upscale(const Session& session, const UpscaleRequest& request) {
  pipeline::bind_upscale(session.state().setup(), request);
}

}  // namespace latentrt
