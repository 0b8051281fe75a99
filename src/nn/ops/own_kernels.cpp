#include "nn/ops/own_kernels.hpp"

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>

#include "device/kernel_args.hpp"
#include "kernels/concat/concat.h"
#include "kernels/layer_norm/layer_norm.h"
#include "kernels/upsample/upsample.h"

namespace latentrt::nn {

bool in_kernel_type(const at::Tensor& x) {
  const at::ScalarType type = x.scalar_type();
  if (!x.is_cpu() && !x.is_cuda()) return false;
  return type == at::kFloat || type == at::kBFloat16 || (x.is_cuda() && type == at::kHalf);
}

bool is_kernel_picture(const at::Tensor& x) {
  return in_kernel_type(x) && x.dim() == 4 && x.numel() > 0 &&
         x.is_contiguous(at::MemoryFormat::ChannelsLast);
}

bool fits_layer_norm(const at::Tensor& x) {
  return x.is_cuda() && in_kernel_type(x) && x.numel() > 0 && x.is_contiguous();
}

at::Tensor own_layer_norm(const at::Tensor& x, const at::Tensor& scale, const at::Tensor& shift,
                          double eps) {
  at::Tensor y = at::empty_like(x);
  kernels::layer_norm({.dtype = device::dtype_of(x),
                       .x = x.const_data_ptr(),
                       .add = nullptr,
                       .sum = nullptr,
                       .y = y.data_ptr(),
                       .scale = scale.const_data_ptr(),
                       .shift = shift.const_data_ptr(),
                       .rows = x.numel() / x.size(-1),
                       .size = x.size(-1),
                       .eps = eps},
                      device::current_stream(x.device()));
  return y;
}

bool fits_concat(const at::Tensor& a, const at::Tensor& b) {
  return a.is_cuda() && is_kernel_picture(a) && is_kernel_picture(b) &&
         a.scalar_type() == b.scalar_type();
}

at::Tensor own_concat(const at::Tensor& a, const at::Tensor& b) {
  at::Tensor y = at::empty({a.size(0), a.size(1) + b.size(1), a.size(2), a.size(3)}, a.options(),
                           at::MemoryFormat::ChannelsLast);
  kernels::concat({.dtype = device::dtype_of(a),
                   .a = a.const_data_ptr(),
                   .b = b.const_data_ptr(),
                   .dst = y.data_ptr(),
                   .pixels = a.size(0) * a.size(2) * a.size(3),
                   .a_channels = a.size(1),
                   .b_channels = b.size(1)},
                  device::current_stream(a.device()));
  return y;
}

bool fits_upsample(const at::Tensor& x, std::int64_t height, std::int64_t width) {
  return x.is_cuda() && is_kernel_picture(x) && kernels::is_twice(height, x.size(2)) &&
         kernels::is_twice(width, x.size(3));
}

at::Tensor own_upsample(const at::Tensor& x, std::int64_t height, std::int64_t width) {
  at::Tensor y =
      at::empty({x.size(0), x.size(1), height, width}, x.options(), at::MemoryFormat::ChannelsLast);
  kernels::upsample({.dtype = device::dtype_of(x),
                     .src = x.const_data_ptr(),
                     .dst = y.data_ptr(),
                     .rows = x.size(0),
                     .height = x.size(2),
                     .width = x.size(3),
                     .channels = x.size(1),
                     .dst_height = height,
                     .dst_width = width},
                    device::current_stream(x.device()));
  return y;
}

}  // namespace latentrt::nn
