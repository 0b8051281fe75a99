#include "tasks/inpaint/canvas.hpp"

#include <ATen/ops/from_blob.h>

#include "pictures/blur.hpp"
#include "pictures/host_data.hpp"

namespace latentrt::pipeline {

Canvas::Canvas(const InpaintRequest& request, Extent extent)
    : picture_(*request.request.image),
      mask_(blurred(request.mask, request.mask_blur)),
      soft_(request.soft_mask),
      blurred_(request.mask_blur > 0),
      composite_(request.composite) {
  if (!request.crop_padding) {
    picture_ = resize(picture_, extent.width, extent.height);
    mask_ = resize(mask_, extent.width, extent.height);
    return;
  }
  whole_ = std::move(picture_);
  whole_mask_ = grey_of(mask_);
  region_ = region_of(whole_mask_, *request.crop_padding, extent.width, extent.height);
  picture_ = fitted(cropped(whole_, *region_), extent.width, extent.height);
  mask_ = fitted(cropped(mask_, *region_), extent.width, extent.height);
}

at::Tensor Canvas::picture() const { return to_tensor(PixelView(picture_)); }

at::Tensor Canvas::mask() const {
  constexpr double kWhite = 255;
  Grey mask = grey_of(mask_);
  if (!soft_) mask = cut_in_half(std::move(mask));
  return at::from_blob(mask.values.data(), {1, 1, mask.height, mask.width}, at::kByte)
      .to(at::kFloat)
      .div(kWhite);
}

Image Canvas::finished(const Image& made) const {
  if (!composite_) return made;
  const auto as_weights = [this](Grey mask) {
    return soft_ || blurred_ ? mask : cut_in_half(std::move(mask));
  };
  if (!region_) return composite(picture_, made, as_weights(grey_of(mask_)));
  return composite(whole_, pasted(whole_, *region_, made), as_weights(whole_mask_));
}

}  // namespace latentrt::pipeline
