#pragma once
/// The picture and the mask of an inpainting request, as the model sees them, and the way back.

#include <ATen/core/Tensor.h>

#include <latentrt/inpaint.hpp>
#include <latentrt/resize.hpp>
#include <optional>

#include "components/family.hpp"
#include "pictures/crop.hpp"

namespace latentrt::pipeline {

/// Refers to nothing. Made of a checked request.
class Canvas {
 public:
  /// `extent`: of the pictures that the model makes.
  Canvas(const InpaintRequest& request, Extent extent);

  /// [1,3,H,W] fp32 in [-1,1], and [1,1,H,W] fp32 with 1 where the picture is painted anew.
  at::Tensor picture() const;
  at::Tensor mask() const;
  /// A picture of the model with what the request wants done to it.
  Image finished(const Image& made) const;

 private:
  Image picture_, mask_;  ///< of the whole request, or cut and resized
  bool soft_, blurred_, composite_;
  std::optional<Region> region_;
  Image whole_;      ///< with a region: the request's picture,
  Grey whole_mask_;  ///< and its mask
};

}  // namespace latentrt::pipeline
