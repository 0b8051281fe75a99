#include "kernels/quantize_rows/quantize_rows.h"

#include <limits>

#include "base/fail.hpp"

namespace latentrt::kernels {
namespace {

void check_sizes(std::int64_t rows, std::int64_t size) {
  if (rows < 0 || rows > std::numeric_limits<int>::max() || size < 0)
    fail(Code::invalid_argument, "quantize_rows: invalid size: {} rows of {}", rows, size);
}

void check_buffers(bool complete) {
  if (!complete) fail(Code::invalid_argument, "quantize_rows: a buffer is null");
}

}  // namespace

void check(const QuantizeRowsArgs& args) {
  check_sizes(args.rows, args.size);
  check_buffers(args.rows == 0 || (args.scales && (args.size == 0 || (args.src && args.dst))));
}

void check(const RescaleRowsArgs& args) {
  check_sizes(args.rows, args.size);
  check_buffers(args.rows == 0 || args.size == 0 ||
                (args.products && args.row_scales && args.column_scales && args.dst));
}

}  // namespace latentrt::kernels
