#pragma once
/// Converts pixels to the planes that networks read, and back. Per channel, with value in 0 to 1 (a
/// byte over 255):
///
///   plane = 2 * value - 1
///   value = min(max(plane / 2 + 1/2, 0), 1), to the nearest byte, halves to even
///
/// Alpha is ignored on input and opaque on output.

#include <cstdint>
#include <latentrt/pixels.hpp>

#include "kernels/common/stream.h"

namespace latentrt::kernels {

/// Both buffers must be in the same memory: that of the host for functions on the host, of one
/// device for the others.
struct UnpackArgs {
  PixelView pixels;         ///< with its pitch
  float* planes = nullptr;  ///< [3, height, width]
};

struct PackArgs {
  const float* planes = nullptr;  ///< [3, height, width]
  PixelSpan pixels;               ///< with its pitch
};

/// Enqueue on the stream of the current device; one launch, no allocation, can be captured in a
/// graph. Throw Error(internal) if the launch fails and Error(unsupported) in a build without CUDA.
void unpack_pixels(const UnpackArgs& args, Stream stream);
void pack_pixels(const PackArgs& args, Stream stream);

/// As above, on the host.
void unpack_pixels_host(const UnpackArgs& args);
void pack_pixels_host(const PackArgs& args);
/// Directly from pixels to pixels, without planes.
void copy_pixels_host(const PixelView& from, const PixelSpan& to);

}  // namespace latentrt::kernels
