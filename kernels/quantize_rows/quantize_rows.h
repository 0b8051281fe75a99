#pragma once
/// Eight-bit numbers for products of matrices, on the GPU. A row of the left matrix has a scale of its own, a column of the
/// right one too:
///
///   scale[r] = largest |src[r, :]| / M,  dst[r, i] = the number nearest to src[r, i] / scale[r]
///
/// M is the format's largest number. What quantize.h has of this for the host is made for that side's products.

#include <cstdint>
#include <latentrt/dtype.hpp>

#include "kernels/common/host_device.h"
#include "kernels/common/stream.h"

namespace latentrt::kernels {

/// Whole numbers of -127 to 127, or float8_math.h's.
enum class EightBits { int8, e4m3 };

LATENTRT_HOST_DEVICE constexpr float largest_number(EightBits format) {
  return format == EightBits::int8 ? 127.0F : 448.0F;
}

struct QuantizeRowsArgs {
  DType dtype = DType::bf16;  ///< of src
  EightBits format = EightBits::int8;
  const void* src = nullptr;  ///< [rows, size]
  void* dst = nullptr;        ///< [rows, size], a byte each
  float* scales =
      nullptr;  ///< [rows]; zero for a row of numbers below 2^-100, NaN where the row holds one
  std::int64_t rows = 0, size = 0;
};

/// dst[r, o] = products[r, o] * row_scales[r] * column_scales[o] + bias[o] + sum[r, o], computed in fp32.
struct RescaleRowsArgs {
  DType dtype = DType::bf16;               ///< of bias, sum and dst
  const std::int32_t* products = nullptr;  ///< [rows, size]
  const float* row_scales = nullptr;       ///< [rows]
  const float* column_scales = nullptr;    ///< [size]
  const void* bias = nullptr;              ///< [size], or null
  const void* sum = nullptr;               ///< [rows, size], or null
  void* dst = nullptr;                     ///< [rows, size]; may be sum
  std::int64_t rows = 0, size = 0;
};

/// Throw Error(invalid_argument) for sizes that make no sense or a missing pointer.
void check(const QuantizeRowsArgs& args);
void check(const RescaleRowsArgs& args);

/// One launch each. They throw what check throws.
void quantize_rows(const QuantizeRowsArgs& args, Stream stream);
void rescale_rows(const RescaleRowsArgs& args, Stream stream);

/// In double, straight from the formulas, on the host.
void quantize_rows_ref(const QuantizeRowsArgs& args);
void rescale_rows_ref(const RescaleRowsArgs& args);

}  // namespace latentrt::kernels
