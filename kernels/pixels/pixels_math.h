#pragma once
/// One pixel of each format, for host and device.

#include <cmath>
#include <cstdint>
#include <latentrt/pixels.hpp>

#include "kernels/common/host_device.h"

namespace latentrt::kernels {

/// Red, green and blue in -1 to 1.
struct Rgb {
  float channels[3];
};

LATENTRT_HOST_DEVICE inline float clamp01(float value) {
  return value > 0 ? (value < 1 ? value : 1.0F) : 0.0F;  // 0 for NaN
}

LATENTRT_HOST_DEVICE inline float value_of(std::uint8_t stored) {
  return static_cast<float>(stored) / 255.0F;
}
LATENTRT_HOST_DEVICE inline float value_of(float stored) { return clamp01(stored); }

LATENTRT_HOST_DEVICE inline void store_value(float value, float& stored) { stored = value; }
LATENTRT_HOST_DEVICE inline void store_value(float value, std::uint8_t& stored) {
  stored = static_cast<std::uint8_t>(rintf(value * 255.0F));
}

/// Interleaved channels of type T, `kCount` of them, with red at index kRed and blue at kBlue.
template <class T, int kCount, int kRed, int kBlue>
struct Pixel {
  static constexpr int kBytes = kCount * static_cast<int>(sizeof(T));
  static constexpr int kPlanes = 1;
  static constexpr std::size_t kAlignment = alignof(T);

  LATENTRT_HOST_DEVICE static Rgb load(const void* address, std::size_t) {
    const T* const stored = static_cast<const T*>(address);
    return {{2 * value_of(stored[kRed]) - 1, 2 * value_of(stored[1]) - 1,
             2 * value_of(stored[kBlue]) - 1}};
  }

  LATENTRT_HOST_DEVICE static void store(const Rgb& rgb, void* address, std::size_t) {
    T* const stored = static_cast<T*>(address);
    store_value(clamp01(rgb.channels[0] * 0.5F + 0.5F), stored[kRed]);
    store_value(clamp01(rgb.channels[1] * 0.5F + 0.5F), stored[1]);
    store_value(clamp01(rgb.channels[2] * 0.5F + 0.5F), stored[kBlue]);
    if constexpr (kCount == 4) store_value(1, stored[3]);
  }
};

/// Channels in separate planes, `plane` bytes apart.
struct PlanarPixel {
  static constexpr int kBytes = sizeof(float);
  static constexpr int kPlanes = 3;
  static constexpr std::size_t kAlignment = alignof(float);

  LATENTRT_HOST_DEVICE static Rgb load(const void* address, std::size_t plane) {
    const auto* const red = static_cast<const std::uint8_t*>(address);
    Rgb rgb{};
    for (int c = 0; c < kPlanes; ++c) {
      const auto* const stored = reinterpret_cast<const float*>(red + c * plane);
      rgb.channels[c] = 2 * value_of(*stored) - 1;
    }
    return rgb;
  }

  LATENTRT_HOST_DEVICE static void store(const Rgb& rgb, void* address, std::size_t plane) {
    auto* const red = static_cast<std::uint8_t*>(address);
    for (int c = 0; c < kPlanes; ++c) {
      auto* const stored = reinterpret_cast<float*>(red + c * plane);
      *stored = clamp01(rgb.channels[c] * 0.5F + 0.5F);
    }
  }
};

/// Calls visit(Pixel<...>{}) or the like for the format.
template <class Visit>
auto with_pixel(PixelFormat format, Visit&& visit) {
  switch (format) {
    case PixelFormat::rgba8:
      return visit(Pixel<std::uint8_t, 4, 0, 2>{});
    case PixelFormat::bgra8:
      return visit(Pixel<std::uint8_t, 4, 2, 0>{});
    case PixelFormat::rgb_f32:
      return visit(Pixel<float, 3, 0, 2>{});
    case PixelFormat::planar_f32:
      return visit(PlanarPixel{});
    case PixelFormat::rgb8:
      break;
  }
  return visit(Pixel<std::uint8_t, 3, 0, 2>{});
}

/// Address of pixel (x, y).
template <class Kind, class Byte>
LATENTRT_HOST_DEVICE Byte* pixel_at(Byte* data, std::size_t pitch, std::int64_t x, std::int64_t y) {
  return data + static_cast<std::size_t>(y) * pitch + static_cast<std::size_t>(x) * Kind::kBytes;
}

/// Bytes from one plane to the next.
template <class Pixels>
LATENTRT_HOST_DEVICE std::size_t plane_of(const Pixels& pixels) {
  return pixels.pitch * static_cast<std::size_t>(pixels.height);
}

template <class Kind>
LATENTRT_HOST_DEVICE void unpack_pixel(const PixelView& pixels, float* planes, std::int64_t x,
                                       std::int64_t y) {
  const auto* const bytes = static_cast<const std::uint8_t*>(pixels.data);
  const Rgb rgb = Kind::load(pixel_at<Kind>(bytes, pixels.pitch, x, y), plane_of(pixels));
  const std::int64_t plane = static_cast<std::int64_t>(pixels.width) * pixels.height;
  for (int c = 0; c < 3; ++c) planes[c * plane + y * pixels.width + x] = rgb.channels[c];
}

template <class Kind>
LATENTRT_HOST_DEVICE void pack_pixel(const float* planes, const PixelSpan& pixels, std::int64_t x,
                                     std::int64_t y) {
  auto* const bytes = static_cast<std::uint8_t*>(pixels.data);
  const std::int64_t plane = static_cast<std::int64_t>(pixels.width) * pixels.height;
  const float* const first = planes + y * pixels.width + x;
  Kind::store({{first[0], first[plane], first[2 * plane]}},
              pixel_at<Kind>(bytes, pixels.pitch, x, y), plane_of(pixels));
}

}  // namespace latentrt::kernels
