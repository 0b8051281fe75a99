#pragma once
/// Pixels to the planes that networks read, and back. Per channel, with value in 0 to 1 (a byte over 255):
///
///   plane = 2 * value - 1
///   value = min(max(plane / 2 + 1/2, 0), 1), to the nearest byte, halves to even
///
/// Alpha is neither read nor computed: opaque goes out.

#include <cstdint>
#include <latentrt/pixels.hpp>

#include "kernels/common/stream.h"

namespace latentrt::kernels {

/// Both buffers on one side: host for the functions on the host, one device for the others.
struct UnpackArgs {
  PixelView pixels;         ///< with its pitch
  float* planes = nullptr;  ///< [3, height, width]
};

struct PackArgs {
  const float* planes = nullptr;  ///< [3, height, width]
  PixelSpan pixels;               ///< with its pitch
};

/// Enqueue on the stream of the current device; one launch, no allocation, capturable in a graph. Throw Error(internal)
/// when the launch fails and Error(unsupported) in a build without CUDA.
void unpack_pixels(const UnpackArgs& args, Stream stream);
void pack_pixels(const PackArgs& args, Stream stream);

/// The same on the host.
void unpack_pixels_host(const UnpackArgs& args);
void pack_pixels_host(const PackArgs& args);
/// Neither side needs planes.
void copy_pixels_host(const PixelView& from, const PixelSpan& to);

}  // namespace latentrt::kernels
