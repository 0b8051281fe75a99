#pragma once
/// Converts the picture and the mask of an inpainting request to the model's size, and the result
/// back.

#include <ATen/core/Tensor.h>

#include <latentrt/inpaint.hpp>
#include <latentrt/resize.hpp>
#include <optional>

#include "components/family.hpp"
#include "pictures/crop.hpp"

namespace latentrt::pipeline {

/// Holds no references. The request must have been checked.
class Canvas {
 public:
  /// `extent`: size of the pictures that the model makes.
  Canvas(const InpaintRequest& request, Extent extent);

  /// [1,3,H,W] fp32 in [-1,1], and [1,1,H,W] fp32 with 1 where the picture is generated.
  at::Tensor picture() const;
  at::Tensor mask() const;
  /// A picture of the model after the request's final processing.
  Image finished(const Image& made) const;

 private:
  Image picture_, mask_;  ///< of the whole request, or cropped and resized
  bool soft_, blurred_, composite_;
  std::optional<Region> region_;
  Image whole_;      ///< if there is a region: the request's picture,
  Grey whole_mask_;  ///< and its mask
};

}  // namespace latentrt::pipeline
