#pragma once
/// Pictures in the caller's own memory, in the formats that cameras and engines use.

#include <cstddef>
#include <cstdint>
#include <latentrt/api.hpp>
#include <latentrt/image.hpp>

namespace latentrt {

/// Interleaved channels of a pixel. Alpha is ignored on the way in and opaque on the way out.
enum class PixelFormat : std::uint8_t {
  rgb8,
  rgba8,
  bgra8,
  rgb_f32,  ///< 0 to 1; what lies outside is clamped, NaN is 0
  planar_f32,  ///< the same numbers as three planes of `height` rows: red, green, blue, one behind the other
};

/// Where pixels lie.
enum class PixelMemory : std::uint8_t {
  host,
  device,  ///< memory of the GPU that the pipeline is on (cudaMalloc's, or imported from a graphics interface)
};

/// Bytes that a pixel takes in a row.
LATENTRT_API std::size_t pixel_size(PixelFormat format) noexcept;

/// Rows from top to bottom, `pitch` bytes apart; 0 stands for rows without gaps. Borrowed: the memory is the caller's.
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
  /// Throws Error(invalid_argument) where the image holds another number of bytes than its size asks for.
  LATENTRT_API PixelView(const Image& image);
};

/// The same to write to. What lies between the rows stays as it is.
struct PixelSpan {
  void* data = nullptr;
  int width = 0, height = 0;
  PixelFormat format = PixelFormat::rgba8;
  std::size_t pitch = 0;
  PixelMemory memory = PixelMemory::host;
};

/// Writes a picture on the host in another format or pitch. Eight bits through floats and back are the same eight bits. Throws
/// Error(invalid_argument) for two sizes, a missing pointer, a pitch that is less than a row, or memory of a device, and then
/// writes nothing.
LATENTRT_API void copy_pixels(const PixelView& from, const PixelSpan& to);

}  // namespace latentrt
