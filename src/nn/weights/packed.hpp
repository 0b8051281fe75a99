#pragma once
/// Weights in the layouts that oneDNN's kernels read, so that no call has to convert them: the
/// conversion of a large kernel costs more than the convolution of a small picture. The values are
/// the same.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <latentrt/dtype.hpp>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "nn/program/op.hpp"
#include "nn/weights/winograd.hpp"

namespace latentrt::nn {

/// Whether this LibTorch supports packing on this machine; otherwise weights stay plain, with the
/// same results.
bool can_pack(at::Device device, DType dtype);

/// A convolution's kernel. oneDNN chooses its layout by the size of the input, among very few: it
/// is packed when an input of a new size arrives, and the plain tensor is freed the first time. If
/// Winograd's algorithm is faster, its kernel is kept in addition to the plain tensor, which is
/// then not freed. Any thread may use it.
class PackedKernel {
 public:
  struct Known {
    PictureSize input;
    std::size_t layout;
  };
  struct Layouts {
    std::vector<at::Tensor> kernels;  ///< oneDNN's
    std::vector<Known> inputs;
    /// if there are any; without the first one the second one is unused
    at::Tensor winograd, plain;
  };

  PackedKernel(const Conv2d& op, at::Tensor plain);
  /// Throws Error(bad_file) if the layout for an input is missing.
  PackedKernel(const Conv2d& op, const Layouts& layouts);

  /// The bias, and the sum that is added to the result, may be undefined. x is already padded if
  /// the padding differs by side.
  at::Tensor convolve(const at::Tensor& x, const at::Tensor& bias, const at::Tensor& sum) const;
  /// The two implementations.
  at::Tensor convolve_by_winograd(const at::Tensor& x, const at::Tensor& bias,
                                  const at::Tensor& sum) const;
  at::Tensor convolve_packed(const at::Tensor& x, const at::Tensor& bias,
                             const at::Tensor& sum) const;
  /// Whether Winograd's algorithm is faster for an input of that size.
  bool is_winograd(const PictureSize& input) const;
  at::Tensor plain() const;
  std::uint64_t bytes() const;
  /// The layouts that inputs have required so far.
  Layouts layouts() const;

 private:
  struct Layout {
    at::Tensor kernel, descriptor;
  };

  at::Tensor kernel_for(const PictureSize& input) const;
  at::Tensor winograd() const;
  std::size_t layout_for(const PictureSize& input) const;
  at::Tensor locked_plain() const;

  const Conv2d op_;
  const std::int64_t padding_;
  const bool fp32_;
  const std::int64_t outputs_;
  mutable std::mutex mutex_;
  // Guarded by the mutex.
  mutable at::Tensor plain_;     ///< until there is a layout
  mutable at::Tensor winograd_;  ///< once an input has required it
  mutable std::vector<Layout> layouts_;
  mutable std::vector<Known> known_;
};

/// The parts of a packed or a plain tensor.
struct PackedBytes {
  std::vector<std::int64_t> shape;
  at::ScalarType dtype;
  std::string descriptor;  ///< oneDNN's description of the layout; empty for a plain tensor
  std::span<const std::byte> data;
};
PackedBytes packed_bytes(const at::Tensor& tensor);
/// A tensor that uses the bytes, which must stay valid and be aligned to 64. Throws Error(bad_file)
/// for a descriptor that does not match that shape, type and number of bytes.
at::Tensor packed_over(const PackedBytes& bytes);

/// A matrix [O,I] for packed_linear(). Its layout does not depend on the input.
at::Tensor packed_matrix(const at::Tensor& plain);
inline bool is_packed(const at::Tensor& matrix) { return matrix.is_mkldnn(); }
at::Tensor unpacked_matrix(const at::Tensor& packed);
at::Tensor packed_linear(const at::Tensor& x, const at::Tensor& matrix, const at::Tensor& bias,
                         const at::Tensor& sum);

}  // namespace latentrt::nn
