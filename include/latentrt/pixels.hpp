#pragma once
/// Pictures in the caller's own memory, in the formats of cameras and engines.

#include <cstddef>
#include <cstdint>
#include <latentrt/api.hpp>
#include <latentrt/image.hpp>

namespace latentrt {

/// Interleaved channels of a pixel. Alpha is ignored on input and opaque on output.
enum class PixelFormat : std::uint8_t {
  rgb8,
  rgba8,
  bgra8,
  rgb_f32,  ///< 0 to 1; values outside are clamped, NaN becomes 0
  /// the same values as three planes of `height` rows, one after the other: red, green, blue
  planar_f32,
};

/// Which memory holds the pixels.
enum class PixelMemory : std::uint8_t {
  host,
  device,  ///< memory of the pipeline's GPU (from cudaMalloc, or imported from a graphics API)
};

/// Bytes of a pixel in a row.
LATENTRT_API std::size_t pixel_size(PixelFormat format) noexcept;

/// Rows from top to bottom, `pitch` bytes apart; 0 means rows without gaps. The memory belongs to
/// the caller.
struct PixelView {
  const void* data = nullptr;
  int width = 0, height = 0;
  PixelFormat format = PixelFormat::rgb8;
  std::size_t pitch = 0;
  PixelMemory memory = PixelMemory::host;

  PixelView() = default;
  PixelView(const void* the_data, int the_width, int the_height, PixelFormat the_format,
            std::size_t the_pitch = 0, PixelMemory the_memory = PixelMemory::host)
      : data(the_data),
        width(the_width),
        height(the_height),
        format(the_format),
        pitch(the_pitch),
        memory(the_memory) {}
  /// Throws Error(invalid_argument) if the image's number of bytes does not match its size.
  LATENTRT_API PixelView(const Image& image);
};

/// Writable counterpart of PixelView. Bytes between the rows are not changed.
struct PixelSpan {
  void* data = nullptr;
  int width = 0, height = 0;
  PixelFormat format = PixelFormat::rgba8;
  std::size_t pitch = 0;
  PixelMemory memory = PixelMemory::host;
};

/// Copies a picture on the host to another format or pitch. 8-bit values converted to floats and
/// back stay the same. Throws Error(invalid_argument) for sizes that differ, a null pointer, a
/// pitch less than a row, or device memory, and then writes nothing.
LATENTRT_API void copy_pixels(const PixelView& from, const PixelSpan& to);

}  // namespace latentrt
