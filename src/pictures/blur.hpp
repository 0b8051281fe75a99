#pragma once
/// A Gaussian blur.

#include <latentrt/image.hpp>

namespace latentrt::pipeline {

/// Three box blurs along the rows and three along the columns, which approach a Gaussian of that
/// deviation (Gwosdek et al. 2011), rounded after each as imaging programs do. The border is
/// continued outwards.
Image blurred(const Image& image, double deviation);

}  // namespace latentrt::pipeline
