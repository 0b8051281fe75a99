#include "nn/weights/packed.hpp"

#include <ATen/Context.h>
#include <ATen/core/List.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "base/fail.hpp"
#include "base/heap.hpp"
#include "nn/torch_operator.hpp"

namespace at::native {
/// LibTorch exports this function without a header: compiled models call it. Null if this LibTorch
/// does not have it.
[[gnu::weak]] Tensor mkldnn_tensor_from_data_ptr(void* data, IntArrayRef shape, ScalarType dtype,
                                                 Device device, const std::uint8_t* descriptor,
                                                 std::int64_t descriptor_bytes);
}  // namespace at::native

namespace latentrt::nn {
namespace {

constexpr std::size_t kMaxKnown = 64;  // input sizes

using MaybeTensor = std::optional<at::Tensor>;
using Scalars = c10::List<std::optional<at::Scalar>>;
using MaybeScalar = std::optional<at::Scalar>;
using MaybeName = std::optional<std::string_view>;

using PackKernel = at::Tensor(const at::Tensor&, at::IntArrayRef padding, at::IntArrayRef stride,
                              at::IntArrayRef dilation, std::int64_t groups,
                              at::OptionalIntArrayRef input_size);
using Convolve = at::Tensor(const at::Tensor&, const at::Tensor&, const MaybeTensor& bias,
                            at::IntArrayRef padding, at::IntArrayRef stride,
                            at::IntArrayRef dilation, std::int64_t groups,
                            std::string_view activation, Scalars, MaybeName algorithm);
using ConvolveAndAdd = at::Tensor(const at::Tensor&, const at::Tensor& sum, const at::Tensor&,
                                  const MaybeTensor& bias, at::IntArrayRef padding,
                                  at::IntArrayRef stride, at::IntArrayRef dilation,
                                  std::int64_t groups, std::string_view operation, MaybeScalar,
                                  MaybeName activation, Scalars, MaybeName algorithm);
using PackMatrix = at::Tensor(const at::Tensor&, std::optional<std::int64_t> rows);
using Multiply = at::Tensor(const at::Tensor&, const at::Tensor&, const MaybeTensor& bias,
                            std::string_view activation, Scalars, MaybeName algorithm);
using MultiplyAndAdd = at::Tensor(const at::Tensor&, const at::Tensor& sum, const at::Tensor&,
                                  const MaybeTensor& bias, std::string_view operation);
using Describe = at::Tensor(const at::Tensor&);
using Count = std::int64_t(const at::Tensor&);

struct Operators {
  c10::TypedOperatorHandle<PackKernel> pack_kernel;
  c10::TypedOperatorHandle<Convolve> convolve;
  c10::TypedOperatorHandle<ConvolveAndAdd> convolve_and_add;
  c10::TypedOperatorHandle<PackMatrix> pack_matrix;
  c10::TypedOperatorHandle<Multiply> multiply;
  c10::TypedOperatorHandle<MultiplyAndAdd> multiply_and_add;
  c10::TypedOperatorHandle<Describe> describe;
  c10::TypedOperatorHandle<Count> bytes, address;
  Scalars no_scalars;
};

/// Throws c10::Error if this LibTorch has no such operators.
const Operators& operators() {
  static const Operators found{
      torch_operator<PackKernel>("mkldnn::_reorder_convolution_weight"),
      torch_operator<Convolve>("mkldnn::_convolution_pointwise"),
      torch_operator<ConvolveAndAdd>("mkldnn::_convolution_pointwise", "binary"),
      torch_operator<PackMatrix>("mkldnn::_reorder_linear_weight"),
      torch_operator<Multiply>("mkldnn::_linear_pointwise"),
      torch_operator<MultiplyAndAdd>("mkldnn::_linear_pointwise", "binary"),
      torch_operator<Describe>("mkldnn::_get_mkldnn_serialized_md"),
      torch_operator<Count>("mkldnn::_nbytes"),
      torch_operator<Count>("mkldnn::data_ptr"),
      Scalars()};
  return found;
}

MaybeTensor maybe(const at::Tensor& bias) {
  return bias.defined() ? MaybeTensor(bias) : MaybeTensor();
}

/// Any tensor of the kernel's shape. Throws Error(bad_file) if there is none.
const at::Tensor& one_of(const PackedKernel::Layouts& layouts) {
  if (layouts.plain.defined()) return layouts.plain;
  if (layouts.kernels.empty()) fail(Code::bad_file, "a packed kernel without a layout");
  return layouts.kernels.front();
}

/// oneDNN reads this many bytes, whatever the length of the descriptor.
std::size_t descriptor_bytes() {
  static const std::size_t bytes =
      operators().describe.call(packed_matrix(at::zeros({8, 8}))).nbytes();
  return bytes;
}

/// Tested by doing it once.
bool works(at::ScalarType dtype) {
  try {
    const at::Tensor weight = at::zeros({8, 8}, dtype), x = at::zeros({2, 8}, dtype);
    packed_linear(x, packed_matrix(weight), {}, {});
    PackedKernel({}, weight.view({8, 8, 1, 1})).convolve(x.view({2, 8, 1, 1}), {}, {});
    return at::globalContext().userEnabledMkldnn();
  } catch (const c10::Error&) {
    return false;
  }
}

}  // namespace

bool can_pack(at::Device device, DType dtype) {
  static const bool fp32 = works(at::kFloat), bf16 = works(at::kBFloat16);
  const bool as_bf16 = dtype == DType::bf16 || dtype == DType::int8;
  return device.is_cpu() && ((dtype == DType::fp32 && fp32) || (as_bf16 && bf16));
}

PackedKernel::PackedKernel(const Conv2d& op, at::Tensor plain)
    : PackedKernel(op, Layouts{{}, {}, {}, std::move(plain)}) {}

PackedKernel::PackedKernel(const Conv2d& op, const Layouts& layouts)
    : op_(op),
      padding_(op.pad_begin == op.pad_end ? op.pad_begin : 0),
      fp32_(one_of(layouts).scalar_type() == at::kFloat),
      outputs_(one_of(layouts).size(0)),
      plain_(layouts.plain),
      winograd_(layouts.winograd),
      known_(layouts.inputs) {
  for (const at::Tensor& kernel : layouts.kernels)
    layouts_.push_back({kernel, operators().describe.call(kernel)});
  const auto exists = [&](const Known& known) { return known.layout < layouts_.size(); };
  if (!std::ranges::all_of(known_, exists))
    fail(Code::bad_file, "a packed kernel without its layout");
}

at::Tensor PackedKernel::convolve(const at::Tensor& x, const at::Tensor& bias,
                                  const at::Tensor& sum) const {
  return is_winograd({x.size(0), x.size(1), x.size(2), x.size(3)})
             ? convolve_by_winograd(x, bias, sum)
             : convolve_packed(x, bias, sum);
}

at::Tensor PackedKernel::convolve_by_winograd(const at::Tensor& x, const at::Tensor& bias,
                                              const at::Tensor& sum) const {
  return winograd_convolution(x, winograd(), bias, sum);
}

at::Tensor PackedKernel::convolve_packed(const at::Tensor& x, const at::Tensor& bias,
                                         const at::Tensor& sum) const {
  const at::Tensor kernel = kernel_for({x.size(0), x.size(1), x.size(2), x.size(3)});
  const std::array<std::int64_t, 2> padding{padding_, padding_}, stride{op_.stride, op_.stride};
  const Operators& use = operators();
  // oneDNN does not add to a single pixel, which has no memory format.
  const bool fused = sum.defined() && sum.size(2) * sum.size(3) > 1;
  if (!fused) {
    at::Tensor y = use.convolve.call(x, kernel, maybe(bias), padding, stride, {1, 1}, 1, "none",
                                     use.no_scalars, "");
    return sum.defined() ? y.add_(sum) : y;
  }
  return use.convolve_and_add.call(x, sum, kernel, maybe(bias), padding, stride, {1, 1}, 1, "add",
                                   {}, {}, use.no_scalars, {});
}

bool PackedKernel::is_winograd(const PictureSize& input) const {
  return fp32_ && suits_winograd(op_, outputs_, input);
}

at::Tensor PackedKernel::kernel_for(const PictureSize& input) const {
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find(known_, input, &Known::input);
  if (found != known_.end()) return layouts_[found->layout].kernel;
  if (known_.size() == kMaxKnown) known_.clear();
  known_.push_back({input, layout_for(input)});
  return layouts_[known_.back().layout].kernel;
}

at::Tensor PackedKernel::winograd() const {
  const std::lock_guard lock(mutex_);
  if (winograd_.defined()) return winograd_;
  if (plain_.defined()) plain_ = plain_.contiguous();  // as stored in files
  return winograd_ = winograd_kernel(locked_plain());
}

std::size_t PackedKernel::layout_for(const PictureSize& input) const {
  const Operators& use = operators();
  const at::Tensor kernel =
      use.pack_kernel.call(locked_plain(), {padding_, padding_}, {op_.stride, op_.stride}, {1, 1},
                           1, at::IntArrayRef(input));
  const at::Tensor descriptor = use.describe.call(kernel);
  const auto same = std::ranges::find_if(
      layouts_, [&](const Layout& layout) { return at::equal(layout.descriptor, descriptor); });
  if (same != layouts_.end()) return static_cast<std::size_t>(same - layouts_.begin());
  layouts_.push_back({kernel, descriptor});
  if (plain_.defined()) give_back_heap(plain_.nbytes());
  plain_.reset();
  return layouts_.size() - 1;
}

at::Tensor PackedKernel::locked_plain() const {
  return plain_.defined() ? plain_ : layouts_.front().kernel.to_dense();
}

at::Tensor PackedKernel::plain() const {
  const std::lock_guard lock(mutex_);
  return locked_plain();
}

std::uint64_t PackedKernel::bytes() const {
  const std::lock_guard lock(mutex_);
  const std::uint64_t of_plain =
      plain_.defined() ? plain_.nbytes() : layouts_.front().kernel.nbytes();
  return std::max<std::uint64_t>(1, layouts_.size()) * of_plain +
         (winograd_.defined() ? winograd_.nbytes() : 0);
}

PackedKernel::Layouts PackedKernel::layouts() const {
  const std::lock_guard lock(mutex_);
  if (layouts_.empty() && !winograd_.defined()) return {};
  Layouts layouts{{}, known_, winograd_, plain_};
  for (const Layout& layout : layouts_) layouts.kernels.push_back(layout.kernel);
  return layouts;
}

PackedBytes packed_bytes(const at::Tensor& tensor) {
  const Operators& use = operators();
  if (!tensor.is_mkldnn())
    return {tensor.sizes().vec(),
            tensor.scalar_type(),
            {},
            {static_cast<const std::byte*>(tensor.const_data_ptr()), tensor.nbytes()}};
  const at::Tensor descriptor = use.describe.call(tensor);
  const auto* const data = reinterpret_cast<const std::byte*>(use.address.call(tensor));
  return {tensor.sizes().vec(),
          tensor.scalar_type(),
          {static_cast<const char*>(descriptor.const_data_ptr()), descriptor.nbytes()},
          {data, static_cast<std::size_t>(use.bytes.call(tensor))}};
}

at::Tensor packed_over(const PackedBytes& bytes) {
  auto* const data = const_cast<std::byte*>(bytes.data.data());  // weights are only read
  if (bytes.descriptor.empty())
    return at::from_blob(data, bytes.shape, at::TensorOptions(bytes.dtype));
  if (at::native::mkldnn_tensor_from_data_ptr == nullptr)
    fail(Code::unsupported, "this LibTorch cannot make packed tensors of bytes");
  if (bytes.descriptor.size() != descriptor_bytes())
    fail(Code::bad_file, "a packed tensor's descriptor has {} bytes", bytes.descriptor.size());
  const at::Tensor tensor = at::native::mkldnn_tensor_from_data_ptr(
      data, bytes.shape, bytes.dtype, at::kCPU,
      reinterpret_cast<const std::uint8_t*>(bytes.descriptor.data()),
      static_cast<std::int64_t>(bytes.descriptor.size()));
  const PackedBytes made = packed_bytes(tensor);
  if (made.shape != bytes.shape || made.dtype != bytes.dtype ||
      made.data.size() != bytes.data.size() || made.descriptor != bytes.descriptor)
    fail(Code::bad_file, "a packed tensor's descriptor is not of its shape and size");
  return tensor;
}

at::Tensor packed_matrix(const at::Tensor& plain) {
  give_back_heap(plain.nbytes());
  return operators().pack_matrix.call(plain, {});
}

at::Tensor unpacked_matrix(const at::Tensor& packed) { return packed.to_dense(); }

at::Tensor packed_linear(const at::Tensor& x, const at::Tensor& matrix, const at::Tensor& bias,
                         const at::Tensor& sum) {
  const Operators& use = operators();
  return sum.defined() ? use.multiply_and_add.call(x, sum, matrix, maybe(bias), "add")
                       : use.multiply.call(x, matrix, maybe(bias), "none", use.no_scalars, "");
}

}  // namespace latentrt::nn
