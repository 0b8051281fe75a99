#include "kernels/quantize/quantize.h"

#include "base/fail.hpp"

namespace latentrt::kernels {
namespace {

void check_dtype(DType dtype) {
  if (dtype != DType::fp32 && dtype != DType::bf16)
    fail(Code::invalid_argument, "quantize: {} is not supported on the host", name_of(dtype));
}

void check_sizes(std::int64_t rows, std::int64_t size) {
  if (rows < 0 || size < 0)
    fail(Code::invalid_argument, "quantize: invalid size: {} rows of {}", rows, size);
}

void check_buffers(bool complete) {
  if (!complete) fail(Code::invalid_argument, "quantize: a buffer is null");
}

}  // namespace

void check(const LargestArgs& args) {
  check_dtype(args.dtype);
  check_sizes(args.rows, args.size);
  check_buffers(args.rows == 0 || (args.src && args.largest));
}

void check(const QuantizeArgs& args) {
  check_dtype(args.dtype);
  check_sizes(args.pictures * args.height * args.width, args.channels);
  if (args.kernel < 1 || args.stride < 1 || args.padding < 0)
    fail(Code::invalid_argument,
         "quantize: invalid patches of {} pixels, {} apart, with {} of padding", args.kernel,
         args.stride, args.padding);
  const std::int64_t patches =
      args.pictures * patches_along(args.height, args) * patches_along(args.width, args);
  if (args.first < 0 || args.count < 0 || args.first > patches - args.count)
    fail(Code::invalid_argument, "quantize: invalid range: patches {} to {} of {}", args.first,
         args.first + args.count, patches);
  check_buffers(args.count == 0 || (args.src && args.largest && args.dst && args.scales));
}

void check(const RescaleArgs& args) {
  check_dtype(args.dtype);
  check_sizes(args.rows, args.size);
  check_buffers(args.rows == 0 || args.size == 0 || (args.products && args.scales && args.dst));
}

}  // namespace latentrt::kernels
