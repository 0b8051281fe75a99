#include "kernels/softmax_rows/softmax_rows.h"

#include "base/fail.hpp"

namespace latentrt::kernels {
namespace {

void check_rows(DType dtype, std::int64_t rows, std::int64_t count, std::int64_t stride) {
  if (dtype != DType::fp32 && dtype != DType::bf16)
    fail(Code::invalid_argument, "softmax: {} is not supported on the host", name_of(dtype));
  if (rows < 0 || count < 0 || stride < count)
    fail(Code::invalid_argument, "softmax: invalid size: {} rows of {}, {} apart", rows, count,
         stride);
}

void check_buffers(bool complete) {
  if (!complete) fail(Code::invalid_argument, "softmax: a buffer is null");
}

}  // namespace

void check(const SoftmaxRowsArgs& args) {
  check_rows(args.dtype, args.rows, args.count, args.stride);
  if (args.stride % kSoftmaxPack != 0)
    fail(Code::invalid_argument, "softmax: the row stride {} is not a multiple of {}", args.stride,
         kSoftmaxPack);
  if (args.count == 0 && args.rows > 0) fail(Code::invalid_argument, "softmax: rows are empty");
  if (!(args.scale > 0))
    fail(Code::invalid_argument, "softmax: scale {} is not positive", args.scale);
  check_buffers(args.rows == 0 || (args.scores && args.dst && args.inverse));
}

void check(const ScaleRowsArgs& args) {
  check_rows(args.dtype, args.rows, args.count, args.stride);
  check_buffers(args.rows == 0 || args.count == 0 || (args.src && args.factors && args.dst));
}

}  // namespace latentrt::kernels
