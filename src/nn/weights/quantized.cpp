#include "nn/weights/quantized.hpp"

#include <ATen/Context.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/List.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "base/heap.hpp"
#include "device/kernel_args.hpp"
#include "kernels/quantize/quantize.h"
#include "nn/in_parallel.hpp"
#include "nn/program/shapes.hpp"
#include "nn/torch_operator.hpp"

namespace latentrt::nn {
namespace {

constexpr double kSteps = 127;  ///< on each side of zero
/// Number of bytes that are quantized at a time, so that they are multiplied while still in a
/// cache.
constexpr std::int64_t kSliceBytes = 4 << 20;

using MaybeTensor = std::optional<at::Tensor>;
using Scalars = c10::List<std::optional<at::Scalar>>;
// Argument types as the operators were registered: tensors by value.
using MaybeSizes = std::optional<c10::List<std::int64_t>>;
using PackMatrix = at::Tensor(at::Tensor, MaybeSizes rows);
using Multiply = at::Tensor(at::Tensor, double scale, std::int64_t zero_point, at::Tensor matrix,
                            at::Tensor matrix_scales, at::Tensor matrix_zero_points,
                            MaybeTensor bias, double result_scale, std::int64_t result_zero_point,
                            std::optional<at::ScalarType>, std::string_view activation, Scalars,
                            std::string_view algorithm);

struct Operators {
  c10::TypedOperatorHandle<PackMatrix> pack_matrix;
  c10::TypedOperatorHandle<Multiply> multiply;
  MaybeSizes any_rows;
  Scalars no_scalars;
};

/// Throws c10::Error if this LibTorch has no such operators.
const Operators& operators() {
  static const Operators found{torch_operator<PackMatrix>("onednn::qlinear_prepack"),
                               torch_operator<Multiply>("onednn::qlinear_pointwise"), MaybeSizes(),
                               Scalars()};
  return found;
}

/// Tested by doing it once: instructions that add pairs of products in 16 bits overflow for the
/// largest.
bool works() {
  try {
    constexpr std::int64_t kSize = 64;
    const QuantizedWeight matrix(at::full({kSize, kSize}, kSteps, at::kFloat));
    const at::Tensor rows = at::full({kSize, kSize}, 255, at::kByte);
    const double exact = kSteps * kSteps * kSize;
    return at::globalContext().userEnabledMkldnn() &&
           (matrix.multiply(rows, at::kFloat) == exact).all().item<bool>();
  } catch (const c10::Error&) {
    return false;
  }
}

/// [O,C,...] as [O,...*C], in the order of a channels-last patch; matrices are unchanged.
at::Tensor as_matrix(const at::Tensor& weight) { return weight.movedim(1, -1).flatten(1); }

/// Multiplies the rows of `args` by the weight, into the rows of y; bias and sum as in
/// rescale_host().
void multiply_patches(kernels::QuantizeArgs args, const at::Tensor& x,
                      const QuantizedWeight& weight, const at::Tensor& bias, const at::Tensor& sum,
                      at::Tensor& y) {
  const at::TensorOptions floats = x.options().dtype(at::kFloat);
  const std::int64_t pixels = args.pictures * args.height * args.width;
  const std::int64_t count = y.numel() / weight.outputs();
  const std::int64_t size = args.kernel * args.kernel * args.channels;
  const at::Tensor largest = at::empty({pixels}, floats);
  args.dtype = device::dtype_of(x);
  args.src = x.const_data_ptr();
  args.largest = largest.const_data_ptr<float>();
  kernels::largest_host({.dtype = args.dtype,
                         .src = args.src,
                         .largest = largest.data_ptr<float>(),
                         .rows = pixels,
                         .size = args.channels},
                        in_parallel);
  const std::int64_t slice = std::clamp<std::int64_t>(kSliceBytes / size, 1, count);
  const at::Tensor rows = at::empty({slice, size}, x.options().dtype(at::kByte));
  const at::Tensor scales = at::empty({slice}, floats);
  args.dst = rows.data_ptr<std::uint8_t>();
  args.scales = scales.data_ptr<float>();
  const auto row_of = [&](const at::Tensor& tensor, std::int64_t row) {
    return static_cast<const std::byte*>(tensor.const_data_ptr()) +
           row * weight.outputs() * static_cast<std::int64_t>(tensor.element_size());
  };
  for (args.first = 0; args.first < count; args.first += slice) {
    args.count = std::min(slice, count - args.first);
    kernels::quantize_host(args, in_parallel);
    const at::Tensor products = weight.multiply(rows.narrow(0, 0, args.count), x.scalar_type());
    kernels::rescale_host({.dtype = args.dtype,
                           .products = products.const_data_ptr(),
                           .scales = args.scales,
                           .bias = bias.defined() ? bias.const_data_ptr() : nullptr,
                           .sum = sum.defined() ? row_of(sum, args.first) : nullptr,
                           .dst = const_cast<std::byte*>(row_of(y, args.first)),
                           .rows = args.count,
                           .size = weight.outputs()},
                          in_parallel);
  }
}

at::Tensor contiguous(const at::Tensor& tensor, at::MemoryFormat format) {
  return tensor.defined() ? tensor.contiguous(format) : tensor;
}

}  // namespace

bool can_quantize(at::Device device) {
  static const bool here = works();
  return device.is_cpu() && here;
}

QuantizedWeight::QuantizedWeight(const at::Tensor& plain)
    : shape_(plain.sizes().vec()), zeros_(at::zeros({1}, at::kLong)) {
  const at::Tensor matrix = as_matrix(plain.detach()).to(at::kFloat);
  const at::Tensor largest = matrix.abs().amax(1);
  scales_ = at::where(largest == 0, at::ones_like(largest), largest / kSteps);
  give_back_heap(matrix.nbytes());
  const Operators& use = operators();
  // The operator ignores strides.
  const at::Tensor steps = matrix.div(scales_.unsqueeze(1)).round_().to(at::kChar).contiguous();
  packed_ = use.pack_matrix.call(steps, use.any_rows);
}

QuantizedWeight::QuantizedWeight(std::vector<std::int64_t> shape, at::Tensor scales,
                                 at::Tensor packed)
    : shape_(std::move(shape)),
      scales_(std::move(scales)),
      zeros_(at::zeros({1}, at::kLong)),
      packed_(std::move(packed)) {}

at::Tensor QuantizedWeight::plain() const {
  const at::Tensor matrix = packed_.to_dense().t().to(at::kFloat) * scales_.unsqueeze(1);
  std::vector<std::int64_t> innermost = shape_;
  std::rotate(innermost.begin() + 1, innermost.begin() + 2, innermost.end());
  return matrix.view(innermost).movedim(-1, 1);
}

std::uint64_t QuantizedWeight::bytes_of(const std::vector<std::int64_t>& shape) {
  return static_cast<std::uint64_t>(element_count(shape)) +
         static_cast<std::uint64_t>(shape.front()) * sizeof(float);
}

at::Tensor QuantizedWeight::multiply(const at::Tensor& rows, at::ScalarType type) const {
  const Operators& use = operators();
  return use.multiply.call(rows, 1, kernels::kZeroPoint, packed_, scales_, zeros_, {}, 1, 0, type,
                           "none", use.no_scalars, "");
}

at::Tensor quantized_linear(const at::Tensor& x, const QuantizedWeight& matrix,
                            const at::Tensor& bias, const at::Tensor& sum) {
  auto sizes = x.sizes().vec();
  sizes.back() = matrix.outputs();
  at::Tensor y = at::empty(sizes, x.options());
  const kernels::QuantizeArgs args{
      .pictures = 1, .height = x.numel() / x.size(-1), .width = 1, .channels = x.size(-1)};
  multiply_patches(args, x.contiguous(), matrix, bias,
                   contiguous(sum, at::MemoryFormat::Contiguous), y);
  return y;
}

at::Tensor quantized_convolution(const Conv2d& op, const at::Tensor& x,
                                 const QuantizedWeight& kernel, const at::Tensor& bias,
                                 const at::Tensor& sum) {
  constexpr auto kFormat = at::MemoryFormat::ChannelsLast;
  const kernels::QuantizeArgs args{.pictures = x.size(0),
                                   .height = x.size(2),
                                   .width = x.size(3),
                                   .channels = x.size(1),
                                   .kernel = op.kernel,
                                   .stride = op.stride,
                                   .padding = op.pad_begin == op.pad_end ? op.pad_begin : 0};
  at::Tensor y = at::empty({x.size(0), kernel.outputs(), kernels::patches_along(x.size(2), args),
                            kernels::patches_along(x.size(3), args)},
                           x.options(), kFormat);
  multiply_patches(args, x.contiguous(kFormat), kernel, bias, contiguous(sum, kFormat), y);
  return y;
}

}  // namespace latentrt::nn
