#include "nn/weights/scalar_type.hpp"

#include "base/fail.hpp"

namespace latentrt::nn {

at::ScalarType scalar_type(DType dtype) {
  switch (dtype) {
    case DType::fp32:
      return at::kFloat;
    case DType::bf16:
    case DType::int8:
    case DType::fp8:
      return at::kBFloat16;
    case DType::fp16:
      return at::kHalf;
  }
  fail(Code::internal, "dtype {} is not known", static_cast<int>(dtype));
}

std::optional<at::ScalarType> weight_type(io::Dtype dtype) {
  switch (dtype) {
    case io::Dtype::f16:
      return at::kHalf;
    case io::Dtype::bf16:
      return at::kBFloat16;
    case io::Dtype::f32:
      return at::kFloat;
    case io::Dtype::f64:
      return at::kDouble;
    default:
      return std::nullopt;
  }
}

}  // namespace latentrt::nn
