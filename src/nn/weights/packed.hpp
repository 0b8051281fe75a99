#pragma once
/// Weights in the layouts that oneDNN's kernels read, so that no call has to bring them into one:
/// the reorder of a large kernel costs more than the convolution of a small picture. The values are
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

/// Whether this LibTorch can, on this machine; elsewhere weights stay plain, and everything works
/// as it does.
bool can_pack(at::Device device, DType dtype);

/// A convolution's kernel. oneDNN chooses its layout by the size of the input, among very few: it
/// is packed when an input of a new size meets it, and the plain tensor is given up at the first
/// time. Where Winograd's algorithm is faster, its kernel is held in addition to the plain tensor,
/// which is not freed. Any thread may use it.
class PackedKernel {
 public:
  struct Known {
    PictureSize input;
    std::size_t layout;
  };
  struct Layouts {
    std::vector<at::Tensor> kernels;  ///< oneDNN's
    std::vector<Known> inputs;
    at::Tensor winograd, plain;  ///< where there are; without the first, the second is of no use
  };

  PackedKernel(const Conv2d& op, at::Tensor plain);
  /// Throws Error(bad_file) where an input's layout is not there.
  PackedKernel(const Conv2d& op, const Layouts& layouts);

  /// The bias, and the sum that is added to the result, may be undefined. x has been padded where
  /// the padding differs by side.
  at::Tensor convolve(const at::Tensor& x, const at::Tensor& bias, const at::Tensor& sum) const;
  /// The two ways in which it does so.
  at::Tensor convolve_by_winograd(const at::Tensor& x, const at::Tensor& bias,
                                  const at::Tensor& sum) const;
  at::Tensor convolve_packed(const at::Tensor& x, const at::Tensor& bias,
                             const at::Tensor& sum) const;
  /// Whether Winograd's algorithm convolves an input of that size faster.
  bool is_winograd(const PictureSize& input) const;
  at::Tensor plain() const;
  std::uint64_t bytes() const;
  /// Those that inputs have asked for so far.
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
  mutable at::Tensor winograd_;  ///< when an input has asked for it
  mutable std::vector<Layout> layouts_;
  mutable std::vector<Known> known_;
};

/// What a packed tensor, or a plain one, consists of.
struct PackedBytes {
  std::vector<std::int64_t> shape;
  at::ScalarType dtype;
  std::string descriptor;  ///< oneDNN's, of the layout; empty for a plain one
  std::span<const std::byte> data;
};
PackedBytes packed_bytes(const at::Tensor& tensor);
/// A tensor of the bytes, which must stay where they are, aligned to 64. Throws Error(bad_file) for
/// a descriptor that does not speak of that shape, type and number of bytes.
at::Tensor packed_over(const PackedBytes& bytes);

/// A matrix [O,I] for packed_linear(). Its layout depends on nothing else.
at::Tensor packed_matrix(const at::Tensor& plain);
inline bool is_packed(const at::Tensor& matrix) { return matrix.is_mkldnn(); }
at::Tensor unpacked_matrix(const at::Tensor& packed);
at::Tensor packed_linear(const at::Tensor& x, const at::Tensor& matrix, const at::Tensor& bias,
                         const at::Tensor& sum);

}  // namespace latentrt::nn
