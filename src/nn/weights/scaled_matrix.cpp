#include "nn/weights/scaled_matrix.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/_int_mm.h>
#include <ATen/ops/_scaled_mm.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/where.h>

#include <algorithm>
#include <optional>

#include "device/kernel_args.hpp"

namespace latentrt::nn {
namespace {

/// Rows and columns of 8-bit products are multiples of this.
constexpr std::int64_t kMultiple = 16;
/// Smallest number of rows of LibTorch's integer product.
constexpr std::int64_t kFewestRows = 17;
/// Hopper's tensor cores accumulate with less precision than fp32 unless this is turned off, and
/// rows of up to 10,240 elements are summed here.
constexpr bool kFastAccumulation = false;

at::ScalarType type_of(kernels::EightBits format) {
  return format == kernels::EightBits::int8 ? at::kChar : at::kFloat8_e4m3fn;
}

/// With or without a GPU.
void run(const kernels::QuantizeRowsArgs& args, at::Device device) {
  if (device.is_cuda()) {
    kernels::quantize_rows(args, device::current_stream(device));
  } else {
    kernels::quantize_rows_ref(args);
  }
}

void run(const kernels::RescaleRowsArgs& args, at::Device device) {
  if (device.is_cuda()) {
    kernels::rescale_rows(args, device::current_stream(device));
  } else {
    kernels::rescale_rows_ref(args);
  }
}

struct ScaledRows {
  at::Tensor values;  ///< [rows or more, size]
  at::Tensor scales;  ///< [rows]
};

ScaledRows scaled(const at::Tensor& rows, kernels::EightBits format) {
  const std::int64_t count = rows.size(0);
  const std::int64_t held =
      format == kernels::EightBits::int8 ? std::max(count, kFewestRows) : count;
  ScaledRows made{at::empty({held, rows.size(1)}, rows.options().dtype(type_of(format))),
                  at::empty({count}, rows.options().dtype(at::kFloat))};
  if (held > count) made.values.narrow(0, count, held - count).zero_();
  run(kernels::QuantizeRowsArgs{.dtype = device::dtype_of(rows),
                                .format = format,
                                .src = rows.const_data_ptr(),
                                .dst = made.values.data_ptr(),
                                .scales = made.scales.data_ptr<float>(),
                                .rows = count,
                                .size = rows.size(1)},
      rows.device());
  return made;
}

const void* data_of(const at::Tensor& tensor) {
  return tensor.defined() ? tensor.const_data_ptr() : nullptr;
}

/// Integer products, which are exact, followed by one pass for everything else.
at::Tensor whole_product(const at::Tensor& rows, const at::Tensor& matrix,
                         const at::Tensor& column_scales, const at::Tensor& bias,
                         const at::Tensor& sum) {
  const ScaledRows left = scaled(rows, kernels::EightBits::int8);
  const at::Tensor products = at::_int_mm(left.values, matrix.t());
  at::Tensor y = at::empty({rows.size(0), matrix.size(0)}, rows.options());
  run(kernels::RescaleRowsArgs{.dtype = device::dtype_of(rows),
                               .products = products.const_data_ptr<std::int32_t>(),
                               .row_scales = left.scales.const_data_ptr<float>(),
                               .column_scales = column_scales.const_data_ptr<float>(),
                               .bias = data_of(bias),
                               .sum = data_of(sum),
                               .dst = y.data_ptr(),
                               .rows = y.size(0),
                               .size = y.size(1)},
      rows.device());
  return y;
}

/// LibTorch has products with such scales only on GPUs.
at::Tensor float_product_on_cpu(const ScaledRows& left, const at::Tensor& matrix,
                                const at::Tensor& column_scales, const at::Tensor& bias) {
  const at::Tensor y = at::linear(left.values.to(at::kFloat), matrix.to(at::kFloat)) *
                       left.scales.unsqueeze(1) * column_scales;
  return bias.defined() ? y + bias : y;
}

at::Tensor float_product(const at::Tensor& rows, const at::Tensor& matrix,
                         const at::Tensor& column_scales, const at::Tensor& bias,
                         const at::Tensor& sum) {
  const ScaledRows left = scaled(rows, kernels::EightBits::e4m3);
  at::Tensor y;
  if (rows.is_cuda()) {
    y = at::_scaled_mm(left.values, matrix.t(), left.scales.unsqueeze(1),
                       column_scales.unsqueeze(0),
                       bias.defined() ? std::optional(bias) : std::nullopt, {}, rows.scalar_type(),
                       kFastAccumulation);
  } else {
    y = float_product_on_cpu(left, matrix, column_scales, bias).to(rows.scalar_type());
  }
  return sum.defined() ? y.add_(sum) : y;
}

}  // namespace

int needed_capability(kernels::EightBits format) {
  return format == kernels::EightBits::int8 ? 75 : 89;
}

ScaledMatrix::ScaledMatrix(const at::Tensor& plain, kernels::EightBits format, at::Device device)
    : shape_(plain.sizes().vec()), format_(format) {
  const at::Tensor matrix = plain.detach().flatten(1).to(at::kFloat);
  const at::Tensor largest = matrix.abs().amax(1);
  const at::Tensor scales =
      at::where(largest == 0, at::ones_like(largest), largest / kernels::largest_number(format));
  at::Tensor values = matrix.div(scales.unsqueeze(1));
  if (format == kernels::EightBits::int8) values.round_();
  numbers_ = values.to(type_of(format)).to(device).contiguous();
  scales_ = scales.to(device);
}

bool ScaledMatrix::fits(const Op& op, const std::vector<std::int64_t>& shape) {
  const auto* const conv = std::get_if<Conv2d>(&op);
  const bool maps_pixels = conv != nullptr && conv->kernel == 1 && conv->stride == 1 &&
                           conv->pad_begin == 0 && conv->pad_end == 0;
  return (maps_pixels || std::holds_alternative<Linear>(op)) && shape[0] % kMultiple == 0 &&
         shape[1] % kMultiple == 0;
}

std::uint64_t ScaledMatrix::bytes_of(const std::vector<std::int64_t>& shape) {
  const auto outputs = static_cast<std::uint64_t>(shape[0]);
  return outputs * static_cast<std::uint64_t>(shape[1]) + outputs * sizeof(float);
}

at::Tensor ScaledMatrix::plain() const {
  return (numbers_.to(at::kFloat) * scales_.unsqueeze(1)).view(shape_);
}

at::Tensor ScaledMatrix::linear(const at::Tensor& x, const at::Tensor& bias,
                                const at::Tensor& sum) const {
  const auto rows_of = [](const at::Tensor& tensor) {
    return tensor.defined() ? tensor.reshape({-1, tensor.size(-1)}).contiguous() : tensor;
  };
  auto sizes = x.sizes().vec();
  sizes.back() = shape_[0];
  const auto product = format_ == kernels::EightBits::int8 ? whole_product : float_product;
  return product(rows_of(x), numbers_, scales_, bias, rows_of(sum)).view(sizes);
}

at::Tensor ScaledMatrix::convolve(const at::Tensor& x, const at::Tensor& bias,
                                  const at::Tensor& sum) const {
  const auto pixels_of = [](const at::Tensor& tensor) {
    return tensor.defined() ? tensor.permute({0, 2, 3, 1}) : tensor;
  };
  return linear(pixels_of(x), bias, pixels_of(sum)).permute({0, 3, 1, 2});
}

}  // namespace latentrt::nn
