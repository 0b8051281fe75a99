#pragma once
/// Convolutions by cuDNN's graph API: bias and residual are added in the kernel that convolves, where LibTorch runs one more
/// for each. A plan is cuDNN's choice of a kernel for one shape; making one takes milliseconds, running it none.

#include <cstdint>
#include <latentrt/dtype.hpp>
#include <memory>
#include <string>

namespace latentrt::device {

/// All that a plan depends on. Pictures and kernels have their channels innermost; padding is the same on all sides.
struct ConvolutionShape {
  DType dtype = DType::bf16;  ///< bf16 or fp16; sums are fp32
  std::int64_t rows = 0, in = 0, height = 0, width = 0, out = 0;
  std::int64_t kernel = 3, stride = 1, padding = 1;
  bool bias = false, sum = false;  ///< what is added

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
  const void* bias = nullptr;    ///< [out]; null where the shape has none
  const void* sum = nullptr;     ///< as y; null where the shape has none
  void* y = nullptr;             ///< [rows, out height, out width, out]; overlaps none of them
  void* workspace = nullptr;     ///< workspace_bytes()
};

/// Immutable.
class ConvolutionPlan {
 public:
  virtual ~ConvolutionPlan() = default;
  virtual std::int64_t workspace_bytes() const = 0;
  /// Enqueues on LibTorch's current stream; it can be captured. From any thread.
  virtual void run(const ConvolutionBuffers& buffers) const = 0;
};

/// Whether this build has cuDNN.
bool can_plan_convolutions() noexcept;

/// For the current device or, to learn without one whether there is a plan, for a GPU whose properties are given as cuDNN
/// writes them (JSON). Null where cuDNN has no kernel for the shape. Throws Error(unsupported) in a build without cuDNN and
/// Error(internal) with what cuDNN says.
std::unique_ptr<ConvolutionPlan> plan_convolution(const ConvolutionShape& shape,
                                                  const std::string& device_properties = {});

}  // namespace latentrt::device
