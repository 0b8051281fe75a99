#pragma once
/// Convolutions by cuDNN's graph API: bias and residual are added inside the convolution kernel,
/// where LibTorch runs an additional kernel for each. A plan is cuDNN's choice of a kernel for one
/// shape; creating one takes milliseconds.

#include <cstdint>
#include <latentrt/dtype.hpp>
#include <memory>
#include <string>

namespace latentrt::device {

/// Everything that a plan depends on. Pictures and kernels have their channels innermost; padding
/// is equal on all sides.
struct ConvolutionShape {
  DType dtype = DType::bf16;  ///< bf16 or fp16; sums are fp32
  std::int64_t rows = 0, in = 0, height = 0, width = 0, out = 0;
  std::int64_t kernel = 3, stride = 1, padding = 1;
  bool bias = false, sum = false;  ///< which operands are added

  bool operator==(const ConvolutionShape&) const = default;
  std::int64_t out_height() const { return along(height); }
  std::int64_t out_width() const { return along(width); }

 private:
  std::int64_t along(std::int64_t size) const { return (size + 2 * padding - kernel) / stride + 1; }
};

/// Device pointers, aligned to 16 bytes.
struct ConvolutionBuffers {
  const void* x = nullptr;       ///< [rows, height, width, in]
  const void* kernel = nullptr;  ///< [out, kernel, kernel, in]
  const void* bias = nullptr;    ///< [out]; null if the shape has none
  const void* sum = nullptr;     ///< same layout as y; null if the shape has none
  void* y = nullptr;          ///< [rows, out height, out width, out]; must not overlap the others
  void* workspace = nullptr;  ///< workspace_bytes()
};

/// Immutable.
class ConvolutionPlan {
 public:
  virtual ~ConvolutionPlan() = default;
  virtual std::int64_t workspace_bytes() const = 0;
  /// Enqueues on LibTorch's current stream; can be captured in a CUDA graph. May be called from any
  /// thread.
  virtual void run(const ConvolutionBuffers& buffers) const = 0;
};

/// Whether this build has cuDNN.
bool can_plan_convolutions() noexcept;

/// For the current device or, to find out without one whether a plan exists, for a GPU whose
/// properties are given in cuDNN's JSON form. Null if cuDNN has no kernel for the shape. Throws
/// Error(unsupported) in a build without cuDNN and Error(internal) with cuDNN's message.
std::unique_ptr<ConvolutionPlan> plan_convolution(const ConvolutionShape& shape,
                                                  const std::string& device_properties = {});

}  // namespace latentrt::device
