// An application that uses LibTorch itself: a picture of the model given on the command line
// becomes a tensor without a copy, is used in a gradient, and becomes an image again; host tensors
// and pixels are converted in both directions.
#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/zeros_like.h>

#include <cstdio>
#include <latentrt/error.hpp>
#include <latentrt/sampler.hpp>
#include <latentrt/torch.hpp>
#include <utility>

namespace {

bool require(bool holds, const char* what) {
  if (!holds) std::fprintf(stderr, "does not hold: %s\n", what);
  return holds;
}

bool picture_takes_part_in_a_gradient(const latentrt::Picture& picture) {
  const at::Tensor planes = latentrt::to_torch(picture);
  at::Tensor brightness = at::zeros_like(planes).set_requires_grad(true);
  ((planes + brightness) * planes).sum().backward();
  return require(planes.sizes() == at::IntArrayRef({3, picture.height(), picture.width()}),
                 "its shape") &&
         require(at::equal(brightness.grad(), planes), "the gradient of the sum is the picture");
}

bool picture_becomes_its_image(const latentrt::Picture& picture) {
  const latentrt::Image image = latentrt::to_image(latentrt::to_torch(picture));
  return require(image.pixels == picture.image().pixels, "the image is the picture's own");
}

bool host_tensors_go_both_ways() {
  latentrt::HostTensor host{{2, 3}, {0, 1, 2, 3, 4, 5}};
  const float* const data = host.data.data();
  const at::Tensor tensor = latentrt::to_torch(std::move(host));
  return require(tensor.const_data_ptr() == data, "no element is copied") &&
         require(at::equal(tensor.flatten(), at::arange(6, at::kFloat)), "the elements") &&
         require(latentrt::to_host(tensor).shape == std::vector<std::int64_t>{2, 3}, "the shape");
}

bool pixels_are_written_into_a_tensor(const latentrt::Image& image) {
  const at::Tensor bytes = latentrt::to_torch(image), copy = at::zeros_like(bytes);
  latentrt::copy_pixels(latentrt::pixel_view(bytes), latentrt::pixel_span(copy));
  return require(at::equal(bytes, copy), "the pixels");
}

bool wrong_shapes_are_refused() {
  try {
    latentrt::pixel_view(at::arange(8));
  } catch (const latentrt::Error& error) {
    return error.code() == latentrt::Code::invalid_argument;
  }
  return require(false, "a vector is not pixels");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const auto pipeline = latentrt::Pipeline::load(latentrt::Context::create(), argv[1]);
  const latentrt::Sampler sampler(pipeline, {.steps = 2});
  const latentrt::Result result =
      sampler.run({.prompt = "a large red circle", .seed = 1, .keep_on_device = true});
  const latentrt::Picture& picture = result.pictures.at(0);
  const bool good = picture_takes_part_in_a_gradient(picture) &&
                    picture_becomes_its_image(picture) && host_tensors_go_both_ways() &&
                    pixels_are_written_into_a_tensor(picture.image()) && wrong_shapes_are_refused();
  return good ? 0 : 1;
}
