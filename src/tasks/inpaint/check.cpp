#include "tasks/inpaint/check.hpp"

#include <algorithm>

#include "base/check_range.hpp"
#include "base/fail.hpp"
#include "pictures/blur.hpp"
#include "pictures/grey.hpp"
#include "pipeline/extent.hpp"

namespace latentrt::pipeline {
namespace {

void check_pictures(const InpaintRequest& asked) {
  const Request& request = asked.request;
  if (!request.image || request.pixels)
    fail(Code::invalid_argument, "inpainting takes the picture as request.image");
  if (request.keep_on_device)
    fail(Code::invalid_argument,
         "inpainting returns pictures on the host: keep_on_device is not "
         "available");
  const PixelView image(*request.image), mask(asked.mask);  // with as many bytes as pixels
  if (image.width != mask.width || image.height != mask.height) {
    fail(Code::invalid_argument,
         "the mask has {} x {} pixels, the picture {} x {}: they must be equal", mask.width,
         mask.height, image.width, image.height);
  }
}

bool is_black(const InpaintRequest& asked, const Image& mask) {
  const std::uint8_t least = asked.soft_mask ? 1 : 128;
  return std::ranges::none_of(grey_of(mask).values,
                              [&](std::uint8_t value) { return value >= least; });
}

void check_not_black(const InpaintRequest& asked) {
  if (is_black(asked, asked.mask)) {
    fail(Code::invalid_argument,
         "the mask is black everywhere, so that nothing would be painted: what is painted anew "
         "must be white{}",
         asked.soft_mask ? "" : " (grey values of 128 and more)");
  }
  if (is_black(asked, blurred(asked.mask, asked.mask_blur))) {
    fail(Code::invalid_argument,
         "a mask_blur of {} leaves nothing of so small a mask: take a smaller one",
         asked.mask_blur);
  }
}

}  // namespace

void check_inpaint_request(const SamplerOptions& options, const InpaintRequest& asked) {
  constexpr double kMaxBlur = 1000;
  if (!options.from_image)
    fail(Code::invalid_argument, "inpainting needs a Sampler with from_image");
  check_pictures(asked);
  check_range("mask_blur", asked.mask_blur, 0, kMaxBlur);
  if (asked.crop_padding) check_range("crop_padding", *asked.crop_padding, 0, kMaxSide);
  check_not_black(asked);
}

}  // namespace latentrt::pipeline
