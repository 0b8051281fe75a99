/// Conversions for applications that use LibTorch. Tests that need a model are in tests/consumer.
#include <latentrt/torch.hpp>

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randint.h>
#include <gtest/gtest.h>

#include <limits>
#include <memory>

#include "device/on_device.hpp"
#include "pictures/picture_state.hpp"
#include "support/expect_error.hpp"

namespace latentrt {
namespace {

at::Tensor bytes(at::IntArrayRef shape) { return at::randint(256, shape, at::kByte); }

TEST(Torch, OwnsAHostTensorsElements) {
  HostTensor host{{2, 1, 3}, {0, 1, 2, 3, 4, std::numeric_limits<float>::infinity()}};
  const float* const data = host.data.data();
  const at::Tensor tensor = to_torch(std::move(host));
  EXPECT_EQ(tensor.const_data_ptr(), data);
  EXPECT_EQ(tensor.sizes(), at::IntArrayRef({2, 1, 3}));
  EXPECT_EQ(tensor[1][0][1].item<float>(), 4);
  const HostTensor back = to_host(tensor);
  EXPECT_EQ(back.shape, (std::vector<std::int64_t>{2, 1, 3}));
  EXPECT_EQ(back.data[5], std::numeric_limits<float>::infinity());
  EXPECT_EQ(to_torch(HostTensor{{0, 4}, {}}).numel(), 0);
  EXPECT_ERROR(Code::invalid_argument, "its shape needs 6", to_torch(HostTensor{{2, 3}, {1}}));
  EXPECT_ERROR(Code::invalid_argument, "negative or too large", to_torch(HostTensor{{-1}, {}}));
}

TEST(Torch, HostTensorsAreOfAnyRealType) {
  for (const at::ScalarType type : {at::kDouble, at::kHalf, at::kBFloat16, at::kLong, at::kByte}) {
    const at::Tensor tensor = at::arange(6).view({2, 3}).t().to(type);
    EXPECT_EQ(to_host(tensor).data, (std::vector<float>{0, 3, 1, 4, 2, 5}));
  }
  EXPECT_EQ(to_host(at::ones({2}).requires_grad_(true)).data, (std::vector<float>{1, 1}));
  EXPECT_ERROR(Code::invalid_argument, "complex", to_host(at::ones({2}, at::kComplexFloat)));
  EXPECT_ERROR(Code::invalid_argument, "undefined", to_host(at::Tensor()));
}

TEST(Torch, OwnsAnImagesBytes) {
  Image image{.width = 3, .height = 2, .pixels = std::vector<std::uint8_t>(18)};
  for (std::size_t i = 0; i < 18; ++i) image.pixels[i] = static_cast<std::uint8_t>(10 * i);
  const std::uint8_t* const data = image.pixels.data();
  const std::vector<std::uint8_t> pixels = image.pixels;
  const at::Tensor tensor = to_torch(std::move(image));
  EXPECT_EQ(tensor.const_data_ptr(), data);
  EXPECT_EQ(tensor.sizes(), at::IntArrayRef({2, 3, 3}));
  EXPECT_EQ(to_image(tensor).pixels, pixels);
  EXPECT_EQ(to_image(tensor).width, 3);
  // As planes about [-1,1] they are the same image.
  const at::Tensor planes = tensor.permute({2, 0, 1}).to(at::kDouble) / 127.5 - 1;
  EXPECT_EQ(to_image(planes).pixels, pixels);
  EXPECT_EQ(to_image(planes.unsqueeze(0).to(at::kFloat).requires_grad_(true)).pixels, pixels);
  EXPECT_ERROR(Code::invalid_argument, "2 x 2", to_torch(Image{2, 2, {1}}));
}

TEST(Torch, WhatIsNoImageIsNamed) {
  EXPECT_ERROR(Code::invalid_argument, "[4,5,6]", to_image(at::rand({4, 5, 6})));
  EXPECT_ERROR(Code::invalid_argument, "type Byte", to_image(bytes({3, 5, 6})));
  EXPECT_ERROR(Code::invalid_argument, "[2,3,5,6]", to_image(at::rand({2, 3, 5, 6})));
  EXPECT_ERROR(Code::invalid_argument, "[3,0,6]", to_image(at::rand({3, 0, 6})));
  EXPECT_ERROR(Code::invalid_argument, "undefined", to_image(at::Tensor()));
  EXPECT_ERROR(Code::non_finite, "NaN or infinity",
               to_image(at::full({3, 2, 2}, std::numeric_limits<double>::quiet_NaN())));
}

/// Like the pictures that a run leaves on its device: made in inference mode.
class TorchPicture : public ::testing::Test {
 protected:
  const std::shared_ptr<const Context::State> context_ = Context::create().state();
  const at::Tensor planes_ = on_device(*context_, "the picture", [] {
    return at::rand({3, 4, 5});
  });
};

TEST_F(TorchPicture, IsATensorInItsOwnMemory) {
  std::weak_ptr<const Picture::State> watched;
  at::Tensor tensor;
  {
    const auto state = std::make_shared<const Picture::State>(Picture::State{context_, planes_});
    watched = state;
    tensor = to_torch(Picture(state));
  }
  EXPECT_EQ(tensor.const_data_ptr(), planes_.const_data_ptr());
  EXPECT_TRUE(at::equal(tensor, planes_));
  EXPECT_FALSE(watched.expired());
  tensor.reset();
  EXPECT_TRUE(watched.expired());
  EXPECT_ERROR(Code::invalid_argument, "0 x 0", to_torch(Picture()));
}

TEST_F(TorchPicture, MayBeUsedWithGradients) {
  ASSERT_TRUE(planes_.is_inference());
  const at::Tensor tensor =
      to_torch(Picture(std::make_shared<const Picture::State>(Picture::State{context_, planes_})));
  const at::Tensor weight = at::ones({1}).requires_grad_(true);
  (tensor * weight).sum().backward();
  EXPECT_NEAR(weight.grad().item<double>(), planes_.sum().item<double>(), 1e-4);
}

TEST(TorchPixels, AreTheTensorsMemory) {
  const at::Tensor rgb = bytes({4, 5, 3});
  const PixelView view = pixel_view(rgb);
  EXPECT_EQ(view.data, rgb.const_data_ptr());
  EXPECT_EQ(view.width, 5);
  EXPECT_EQ(view.height, 4);
  EXPECT_EQ(view.pitch, 15U);
  EXPECT_EQ(view.format, PixelFormat::rgb8);
  EXPECT_EQ(view.memory, PixelMemory::host);
  EXPECT_EQ(pixel_view(bytes({4, 5, 4})).format, PixelFormat::rgba8);
  EXPECT_EQ(pixel_view(at::rand({4, 5, 3})).format, PixelFormat::rgb_f32);
  EXPECT_EQ(pixel_view(at::rand({3, 4, 5})).format, PixelFormat::planar_f32);
  EXPECT_EQ(pixel_view(at::rand({3, 1, 7})).pitch, 28U);
}

/// Every layout, with gaps between rows if they are allowed, contains the same image.
TEST(TorchPixels, AreReadAndWrittenInEveryLayout) {
  const at::Tensor image = bytes({4, 5, 3});
  const at::Tensor wide = at::empty({4, 8, 3}, at::kByte), planes = at::empty({3, 4, 9});
  for (const at::Tensor& tensor :
       {at::empty({4, 5, 3}, at::kByte), at::empty({4, 5, 4}, at::kByte), at::empty({4, 5, 3}),
        at::empty({3, 4, 5}), wide.narrow(1, 2, 5), planes.narrow(2, 3, 5)}) {
    copy_pixels(pixel_view(image), pixel_span(tensor));
    const at::Tensor back = at::empty({4, 5, 3}, at::kByte);
    copy_pixels(pixel_view(tensor), pixel_span(back));
    EXPECT_TRUE(at::equal(back, image));
  }
}

TEST(TorchPixels, OfAnotherLayoutAreRefused) {
  const at::Tensor rgb = bytes({4, 5, 3});
  EXPECT_ERROR(Code::invalid_argument, "strides [3,15,1]", pixel_view(rgb.transpose(0, 1)));
  for (const at::Tensor& tensor :
       {bytes({4, 5, 2}), bytes({3, 4, 5}), bytes({20, 3}), at::rand({4, 5, 4}),
        at::rand({0, 5, 3}), at::rand({3, 4, 5}, at::kDouble),
        at::rand({3, 4, 10}).slice(2, 0, 10, 2), at::rand({3, 5, 4}).transpose(1, 2),
        rgb.narrow(0, 0, 1).expand({4, 5, 3})})
    EXPECT_ERROR(Code::invalid_argument, "cannot be read as pixels", pixel_view(tensor));
  EXPECT_ERROR(Code::invalid_argument, "undefined", pixel_view(at::Tensor()));
  EXPECT_ERROR(Code::unsupported, "meta",
               pixel_view(at::empty({4, 5, 3}, at::TensorOptions(at::kMeta).dtype(at::kByte))));
}

}  // namespace
}  // namespace latentrt
