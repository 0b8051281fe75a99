/// Times cuDNN's plans of convolution, bias and residual and LibTorch's convolution over the shapes
/// of networks, on the CUDA device, and writes the table by which the engine chooses
/// (kernels/measured/README.md). Both run alternately, and the better of two medians counts. usage:
/// convolution_choice_bench [file to write]

#include <ATen/ops/conv2d.h>
#include <ATen/ops/randn.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "benchmarks/micro/measured_table.h"
#include "benchmarks/micro/timing.h"
#include "nn/ops/fused_convolution.hpp"
#include "nn/weights/scalar_type.hpp"

namespace latentrt::kernels {
namespace {

struct Shape {
  std::int64_t rows, in, out, side;
  int kernel = 3, stride = 1;
};

/// Of SD1.5 at 512 x 512 and SDXL at 1024 x 1024, two rows, and of their autoencoder's decoder.
constexpr Shape kShapes[] = {
    {2, 320, 320, 64},       {2, 640, 640, 32},        {2, 1280, 1280, 16},
    {2, 1280, 1280, 8},      {2, 320, 640, 32},        {2, 640, 1280, 16},
    {2, 2560, 1280, 16},     {2, 2560, 1280, 8},       {2, 1920, 640, 32},
    {2, 960, 320, 64},       {2, 640, 320, 64},        {2, 960, 640, 32},
    {2, 320, 320, 64, 3, 2}, {2, 640, 640, 32, 3, 2},  {2, 1280, 1280, 16, 3, 2},
    {2, 320, 640, 32, 1},    {2, 640, 1280, 16, 1},    {2, 2560, 1280, 16, 1},
    {2, 960, 320, 64, 1},    {2, 320, 320, 128},       {2, 640, 640, 64},
    {2, 1280, 1280, 32},     {2, 960, 320, 128},       {2, 1920, 640, 64},
    {2, 2560, 1280, 32},     {2, 320, 320, 128, 3, 2}, {1, 512, 512, 64},
    {1, 512, 512, 128},      {1, 512, 512, 256},       {1, 256, 256, 512},
    {1, 512, 256, 256},      {1, 128, 128, 512},       {1, 256, 128, 512},
    {1, 128, 128, 1024},
};

void time_shape(const Shape& shape, DType dtype, bool with_sum, MeasuredTable& table) {
  const auto options = at::TensorOptions(at::Device("cuda:0")).dtype(nn::scalar_type(dtype));
  const auto picture = [&](std::int64_t a, std::int64_t b, std::int64_t side) {
    return at::randn({a, b, side, side}, options).contiguous(at::MemoryFormat::ChannelsLast);
  };
  const int padding = shape.kernel / 2;
  const nn::Conv2d op{
      .stride = shape.stride, .pad_begin = padding, .pad_end = padding, .kernel = shape.kernel};
  const at::Tensor x = picture(shape.rows, shape.in, shape.side),
                   kernel = picture(shape.out, shape.in, shape.kernel),
                   bias = at::randn({shape.out}, options), none;
  const at::Tensor sum =
      with_sum ? picture(shape.rows, shape.out, shape.side / shape.stride) : none;
  const nn::ConvolutionCall call{op, x, kernel, bias, sum};
  const auto by_library = [&] {
    at::Tensor y = at::conv2d(x, kernel, bias, shape.stride, padding);
    if (with_sum) y.add_(sum);
  };
  const nn::KernelChoices no_choices;
  const nn::FusedConvolutions plans(no_choices);
  const auto plan = plans.plan_for(call);
  if (plan == nullptr) {
    fmt::print("{} to {} channels, {}: cuDNN has no plan\n", shape.in, shape.out, name_of(dtype));
    return;
  }
  double own_s = HUGE_VAL, library_s = HUGE_VAL;
  for (int turn = 0; turn < 2; ++turn) {
    own_s = std::min(own_s, median_seconds([&] { nn::run_plan(*plan, call); }, synchronize_device));
    library_s = std::min(library_s, median_seconds(by_library, synchronize_device));
  }
  fmt::print(
      "{:>4} to {:>4}, {:>4} x {:<4} kernel {} stride {} {:<5}{:<8} {:>9.2f} us, LibTorch "
      "{:>9.2f}: {:.2f}\n",
      shape.in, shape.out, shape.side, shape.side, shape.kernel, shape.stride, name_of(dtype),
      with_sum ? "and sum" : "", own_s * 1e6, library_s * 1e6, own_s / library_s);
  table.add(dtype,
            {{"kernel", shape.kernel},
             {"stride", shape.stride},
             {"sum", with_sum ? 1 : 0},
             {"rows", shape.rows},
             {"pixels", shape.side * shape.side},
             {"in", shape.in},
             {"out", shape.out}},
            own_s, library_s);
}

int run(const std::string& path) {
  if (!cuda_device_present()) {
    fmt::print("no CUDA device, or a build without CUDA\n");
    return 0;
  }
  if (!device::can_plan_convolutions()) {
    fmt::print("a build without cuDNN\n");
    return 0;
  }
  const c10::InferenceMode no_gradients;
  MeasuredTable table("convolution");
  for (const DType dtype : {DType::bf16, DType::fp16})
    for (const Shape& shape : kShapes)
      for (const bool with_sum : {false, true}) time_shape(shape, dtype, with_sum, table);
  if (path.empty() || table.write(path)) return 0;
  fmt::print("{} could not be written\n", path);
  return 1;
}

}  // namespace
}  // namespace latentrt::kernels

int main(int argc, char** argv) { return latentrt::kernels::run(argc > 1 ? argv[1] : ""); }
