#include "nn/weights/winograd.hpp"

#include <ATen/ops/bmm.h>
#include <ATen/ops/empty.h>

#include <algorithm>

#include "kernels/winograd/winograd.h"
#include "nn/in_parallel.hpp"

namespace latentrt::nn {
namespace {

constexpr std::int64_t kMinChannels = 64, kMinTiles = 64;
/// Number of tiles that are multiplied at once: enough rows for a fast matrix product, and few
/// enough to stay in the processor's caches.
constexpr std::int64_t kSlice = 128;

constexpr auto kFormat = at::MemoryFormat::ChannelsLast;

kernels::WinogradTiles tiles_of(const PictureSize& size) {
  return {.pictures = size[0], .height = size[2], .width = size[3], .channels = size[1]};
}

bool fits_channels(std::int64_t channels) {
  return channels >= kMinChannels && channels % kernels::kWinogradChannels == 0;
}

at::Tensor matrices(const at::Tensor& room, std::int64_t rows, std::int64_t columns) {
  return room.narrow(0, 0, kernels::kWinogradPoints * rows * columns)
      .view({kernels::kWinogradPoints, rows, columns});
}

/// An undefined tensor becomes null.
const float* numbers_of(const at::Tensor& tensor) {
  return tensor.defined() ? tensor.const_data_ptr<float>() : nullptr;
}

}  // namespace

bool suits_winograd(const Conv2d& op, std::int64_t outputs, const PictureSize& input) {
  return op.kernel == 3 && op.stride == 1 && op.pad_begin == 1 && op.pad_end == 1 &&
         fits_channels(input[1]) && fits_channels(outputs) &&
         kernels::winograd_tiles(tiles_of(input)) >= kMinTiles;
}

at::Tensor winograd_kernel(const at::Tensor& plain) {
  const at::Tensor kernel = plain.contiguous();
  at::Tensor spread =
      at::empty({kernels::kWinogradPoints, kernel.size(1), kernel.size(0)}, kernel.options());
  kernels::winograd_kernel_host({.kernel = kernel.const_data_ptr<float>(),
                                 .dst = spread.data_ptr<float>(),
                                 .outputs = kernel.size(0),
                                 .channels = kernel.size(1)},
                                in_parallel);
  return spread;
}

at::Tensor winograd_convolution(const at::Tensor& x, const at::Tensor& kernel,
                                const at::Tensor& bias, const at::Tensor& sum) {
  const at::Tensor src = x.contiguous(kFormat);
  const at::Tensor added = sum.defined() ? sum.contiguous(kFormat) : sum;
  const std::int64_t outputs = kernel.size(2);
  at::Tensor y = at::empty({x.size(0), outputs, x.size(2), x.size(3)}, x.options(), kFormat);
  kernels::WinogradTiles of = tiles_of({x.size(0), x.size(1), x.size(2), x.size(3)});
  const std::int64_t count = kernels::winograd_tiles(of), slice = std::min(kSlice, count);
  const at::Tensor room =
      at::empty({kernels::kWinogradPoints * slice * (x.size(1) + outputs)}, x.options());
  for (; of.first < count; of.first += slice) {
    of.count = std::min(slice, count - of.first);
    at::Tensor tiles = matrices(room, of.count, x.size(1));
    at::Tensor products = matrices(room.slice(0, tiles.numel()), of.count, outputs);
    kernels::winograd_input_host(
        {.tiles = of, .src = numbers_of(src), .dst = tiles.data_ptr<float>()}, in_parallel);
    at::bmm_out(products, tiles, kernel);
    kernels::WinogradTiles made = of;
    made.channels = outputs;
    kernels::winograd_output_host({.tiles = made,
                                   .products = numbers_of(products),
                                   .bias = numbers_of(bias),
                                   .sum = numbers_of(added),
                                   .dst = y.data_ptr<float>()},
                                  in_parallel);
  }
  return y;
}

std::uint64_t winograd_kernel_bytes(const Program& program, const std::vector<Shape>& shapes) {
  std::uint64_t bytes = 0;
  for (const Node& node : program.nodes()) {
    const auto* const conv = std::get_if<Conv2d>(&node.op);
    if (conv == nullptr) continue;
    const Shape& input = shapes[static_cast<std::size_t>(node.srcs[0])];
    const std::int64_t outputs = shapes[static_cast<std::size_t>(node.dst)][1];
    if (suits_winograd(*conv, outputs, {input[0], input[1], input[2], input[3]}))
      bytes +=
          static_cast<std::uint64_t>(kernels::kWinogradPoints * input[1] * outputs) * sizeof(float);
  }
  return bytes;
}

}  // namespace latentrt::nn
