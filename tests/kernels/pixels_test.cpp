/// Pixels to planes and back, one format compared with the formula and the others with it.
#include "kernels/pixels/pixels.h"

#include <gtest/gtest.h>

#include <cmath>
#include <latentrt/error.hpp>
#include <limits>
#include <vector>

#include "device/cuda/device_memory.h"
#include "device/cuda/device_query.h"

namespace latentrt::kernels {
namespace {

constexpr int kWidth = 7, kHeight = 5;
constexpr std::size_t kCount = std::size_t{kWidth} * kHeight;

/// Three bytes per pixel, all different from adjacent ones.
std::uint8_t shade(std::size_t pixel, std::size_t channel) {
  return static_cast<std::uint8_t>((pixel * 37 + channel * 101) % 256);
}

struct Case {
  PixelFormat format;
  std::size_t bytes;      // of a pixel
  std::size_t places[3];  // of red, green and blue
};

constexpr Case kCases[] = {{PixelFormat::rgb8, 3, {0, 1, 2}},
                           {PixelFormat::rgba8, 4, {0, 1, 2}},
                           {PixelFormat::bgra8, 4, {2, 1, 0}}};

class PixelsOf : public ::testing::TestWithParam<Case> {
 protected:
  std::size_t pitch() const { return kWidth * GetParam().bytes + 11; }

  std::vector<std::uint8_t> stored() const {
    std::vector<std::uint8_t> bytes(pitch() * kHeight, 77);
    for (std::size_t i = 0; i < kCount; ++i)
      for (std::size_t c = 0; c < 3; ++c) bytes[place(i, c)] = shade(i, c);
    return bytes;
  }

  std::size_t place(std::size_t pixel, std::size_t channel) const {
    return pixel / kWidth * pitch() + pixel % kWidth * GetParam().bytes +
           GetParam().places[channel];
  }
};

TEST_P(PixelsOf, BecomePlanes) {
  const auto bytes = stored();
  std::vector<float> planes(3 * kCount);
  unpack_pixels_host({{bytes.data(), kWidth, kHeight, GetParam().format, pitch()}, planes.data()});
  for (std::size_t c = 0; c < 3; ++c)
    for (std::size_t i = 0; i < kCount; ++i)
      EXPECT_EQ(planes[c * kCount + i], 2 * (static_cast<float>(shade(i, c)) / 255) - 1);
}

TEST_P(PixelsOf, ComeBackTheSameAndTouchNothingElse) {
  const auto bytes = stored();
  std::vector<float> planes(3 * kCount);
  unpack_pixels_host({{bytes.data(), kWidth, kHeight, GetParam().format, pitch()}, planes.data()});
  auto expected = bytes;
  if (GetParam().bytes == 4)
    for (std::size_t i = 0; i < kCount; ++i) expected[place(i, 1) + 2] = 255;
  std::vector<std::uint8_t> written(bytes.size(), 77);
  pack_pixels_host({planes.data(), {written.data(), kWidth, kHeight, GetParam().format, pitch()}});
  EXPECT_EQ(written, expected);
}

INSTANTIATE_TEST_SUITE_P(All, PixelsOf, ::testing::ValuesIn(kCases));

TEST(Pixels, EveryByteSurvivesEveryFormat) {
  std::vector<std::uint8_t> bytes(768), back(768);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i % 256);
  const PixelView view{bytes.data(), 256, 1, PixelFormat::rgb8, 768};
  std::vector<float> numbers(768);
  copy_pixels_host(view, {numbers.data(), 256, 1, PixelFormat::rgb_f32, 768 * sizeof(float)});
  for (std::size_t i = 0; i < numbers.size(); ++i)
    EXPECT_NEAR(numbers[i], static_cast<float>(bytes[i]) / 255, 1e-7);
  copy_pixels_host({numbers.data(), 256, 1, PixelFormat::rgb_f32, 768 * sizeof(float)},
                   {back.data(), 256, 1, PixelFormat::rgb8, 768});
  EXPECT_EQ(back, bytes);
}

constexpr std::size_t kFloatPitch = (kWidth + 3) * sizeof(float);

/// Planes of floats with gaps, with the same shades divided by 255.
std::vector<float> stored_planes() {
  constexpr std::size_t kRow = kFloatPitch / sizeof(float);
  std::vector<float> numbers(3 * kRow * kHeight, -7);
  for (std::size_t c = 0; c < 3; ++c)
    for (std::size_t i = 0; i < kCount; ++i)
      numbers[(c * kHeight + i / kWidth) * kRow + i % kWidth] =
          static_cast<float>(shade(i, c)) / 255;
  return numbers;
}

TEST(PlanarPixels, AreReadPlaneByPlaneAndLeaveGapsAlone) {
  const auto numbers = stored_planes();
  std::vector<float> planes(3 * kCount);
  unpack_pixels_host(
      {{numbers.data(), kWidth, kHeight, PixelFormat::planar_f32, kFloatPitch}, planes.data()});
  for (std::size_t c = 0; c < 3; ++c)
    for (std::size_t i = 0; i < kCount; ++i)
      EXPECT_EQ(planes[c * kCount + i], 2 * (static_cast<float>(shade(i, c)) / 255) - 1);
  std::vector<float> written(numbers.size(), -7);
  pack_pixels_host(
      {planes.data(), {written.data(), kWidth, kHeight, PixelFormat::planar_f32, kFloatPitch}});
  for (std::size_t i = 0; i < numbers.size(); ++i) EXPECT_NEAR(written[i], numbers[i], 1e-7) << i;
}

TEST(PlanarPixels, CudaMatchesTheHost) {
  if (cuda_device_count() == 0)
    GTEST_SKIP() << "no CUDA device on this machine, or a build without CUDA";
  const auto numbers = stored_planes();
  const std::size_t bytes = numbers.size() * sizeof(float);
  DeviceMemory pixels(bytes), planes(3 * kCount * sizeof(float));
  pixels.upload(numbers.data());
  unpack_pixels({{pixels.data(), kWidth, kHeight, PixelFormat::planar_f32, kFloatPitch},
                 reinterpret_cast<float*>(planes.data())},
                nullptr);
  pack_pixels({reinterpret_cast<const float*>(planes.data()),
               {pixels.data(), kWidth, kHeight, PixelFormat::planar_f32, kFloatPitch}},
              nullptr);
  synchronize_device();
  std::vector<float> actual(3 * kCount), expected(3 * kCount), back(numbers.size()),
      packed = numbers;
  planes.download(actual.data());
  unpack_pixels_host(
      {{numbers.data(), kWidth, kHeight, PixelFormat::planar_f32, kFloatPitch}, expected.data()});
  EXPECT_EQ(actual, expected);
  pixels.download(back.data());
  pack_pixels_host(
      {expected.data(), {packed.data(), kWidth, kHeight, PixelFormat::planar_f32, kFloatPitch}});
  EXPECT_EQ(back, packed);
}

TEST(Pixels, WhatIsNoColourIsClamped) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const std::vector<float> numbers{-1, 2, std::nanf(""), kInfinity, -kInfinity, 0.5F};
  std::vector<float> planes(6);
  unpack_pixels_host(
      {{numbers.data(), 2, 1, PixelFormat::rgb_f32, 6 * sizeof(float)}, planes.data()});
  EXPECT_EQ(planes, (std::vector<float>{-1, 1, 1, -1, -1, 0}));
  std::vector<std::uint8_t> bytes(6);
  const std::vector<float> wild{-3, kInfinity, 3, -kInfinity, std::nanf(""), 0};
  pack_pixels_host({wild.data(), {bytes.data(), 2, 1, PixelFormat::rgb8, 6}});
  EXPECT_EQ(bytes, (std::vector<std::uint8_t>{0, 255, 0, 255, 0, 128}));
}

TEST_P(PixelsOf, CudaMatchesTheHost) {
  if (cuda_device_count() == 0)
    GTEST_SKIP() << "no CUDA device on this machine, or a build without CUDA";
  const auto bytes = stored();
  DeviceMemory pixels(bytes.size()), planes(3 * kCount * sizeof(float));
  pixels.upload(bytes.data());
  unpack_pixels({{pixels.data(), kWidth, kHeight, GetParam().format, pitch()},
                 reinterpret_cast<float*>(planes.data())},
                nullptr);
  pack_pixels({reinterpret_cast<const float*>(planes.data()),
               {pixels.data(), kWidth, kHeight, GetParam().format, pitch()}},
              nullptr);
  synchronize_device();
  std::vector<float> actual(3 * kCount), expected(3 * kCount);
  planes.download(actual.data());
  unpack_pixels_host(
      {{bytes.data(), kWidth, kHeight, GetParam().format, pitch()}, expected.data()});
  EXPECT_EQ(actual, expected);
  std::vector<std::uint8_t> back(bytes.size()), packed = bytes;
  pixels.download(back.data());
  pack_pixels_host({expected.data(), {packed.data(), kWidth, kHeight, GetParam().format, pitch()}});
  EXPECT_EQ(back, packed);
}

TEST(PixelsWithoutDevice, RefuseWithAnError) {
  if (cuda_device_count() > 0) GTEST_SKIP() << "a CUDA device is present";
  std::vector<std::uint8_t> bytes(3);
  std::vector<float> planes(3);
  EXPECT_THROW(unpack_pixels({{bytes.data(), 1, 1, PixelFormat::rgb8, 3}, planes.data()}, nullptr),
               Error);
  EXPECT_THROW(pack_pixels({planes.data(), {bytes.data(), 1, 1, PixelFormat::rgb8, 3}}, nullptr),
               Error);
}

}  // namespace
}  // namespace latentrt::kernels
