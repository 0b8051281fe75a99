#pragma once
/// A Gaussian blur.

#include <latentrt/image.hpp>

namespace latentrt::pipeline {

/// Three box blurs along the rows and three along the columns, which approximate a Gaussian of that
/// standard deviation (Gwosdek et al. 2011), rounded after each one as image editors do. The border
/// is extended outwards.
Image blurred(const Image& image, double deviation);

}  // namespace latentrt::pipeline
