#include "tasks/image/image.hpp"

#include <ATen/TensorOperators.h>

#include "base/fail.hpp"
#include "pictures/host_data.hpp"
#include "pictures/pixels.hpp"
#include "pipeline/extent.hpp"
#include "sampling/gaussian/gaussian.hpp"

namespace latentrt::pipeline {
namespace {

/// The picture to start from.
std::optional<PixelView> checked_image(const Setup& setup, const Request& request, Extent extent) {
  if (request.image && request.pixels)
    fail(Code::invalid_argument, "there are two images to start from: image and pixels");
  const std::optional<PixelView> image =
      request.image ? std::optional<PixelView>(*request.image) : request.pixels;
  if (setup.options.from_image != image.has_value()) {
    fail(Code::invalid_argument, "{}",
         setup.options.from_image ? "image-to-image needs an image"
                                  : "text-to-image takes no image");
  }
  if (!image) return image;
  check_size(*image, extent);
  check_memory(*setup.model.context, *image);
  return image;
}

/// The picture's posterior is drawn first, then the noise.
void begin_with(const PixelView& image, const Pipeline::State& model, const Binding& binding,
                const Beginning& beginning) {
  sampling::SessionState& session = beginning.session;
  const schedule::Trajectory& path = sampling::gaussian_of(*session.plan).trajectory;
  const at::Tensor latents = model.autoencoder->encode(to_tensor(image, model.device),
                                                       *session.noise, binding.request->vae);
  const at::Tensor noise = first_noise(binding, session);
  session.sample() = latents * path.image_weight + noise * path.noise_weight;
}

}  // namespace

Binding bind_image(const Setup& setup, const Request& request) {
  check_prompts_suffice(setup.model);
  Binding binding = bind(setup, borrowed(request));
  const auto image = checked_image(setup, request, binding.conditioning.extent);
  const Pipeline::State& model = setup.model;
  binding.begin = [image, &model](const Binding& of, const Beginning& beginning) {
    image ? begin_with(*image, model, of, beginning) : begin_as_noise(of, beginning);
  };
  return binding;
}

}  // namespace latentrt::pipeline
