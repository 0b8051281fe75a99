#pragma once
/// Quantises to eight bits for matrix products on the GPU. Each row of the left matrix has its own
/// scale, and so has each column of the right one:
///
///   scale[r] = largest |src[r, :]| / M,  dst[r, i] = the value nearest to src[r, i] / scale[r]
///
/// M is the format's largest value. quantize.h is the counterpart for products on the host.

#include <cstdint>
#include <latentrt/dtype.hpp>

#include "kernels/common/host_device.h"
#include "kernels/common/stream.h"

namespace latentrt::kernels {

/// Integers from -127 to 127, or the format of float8_math.h.
enum class EightBits { int8, e4m3 };

LATENTRT_HOST_DEVICE constexpr float largest_number(EightBits format) {
  return format == EightBits::int8 ? 127.0F : 448.0F;
}

struct QuantizeRowsArgs {
  DType dtype = DType::bf16;  ///< of src
  EightBits format = EightBits::int8;
  const void* src = nullptr;  ///< [rows, size]
  void* dst = nullptr;        ///< [rows, size], one byte each
  /// [rows]; zero for a row of values below 2^-100, NaN for a row with a NaN
  float* scales = nullptr;
  std::int64_t rows = 0, size = 0;
};

/// dst[r, o] = products[r, o] * row_scales[r] * column_scales[o] + bias[o] + sum[r, o], computed in
/// fp32.
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

/// Throw Error(invalid_argument) for invalid sizes or a null pointer.
void check(const QuantizeRowsArgs& args);
void check(const RescaleRowsArgs& args);

/// One launch each. They throw what check throws.
void quantize_rows(const QuantizeRowsArgs& args, Stream stream);
void rescale_rows(const RescaleRowsArgs& args, Stream stream);

/// In double, directly from the formulas, on the host.
void quantize_rows_ref(const QuantizeRowsArgs& args);
void rescale_rows_ref(const RescaleRowsArgs& args);

}  // namespace latentrt::kernels
