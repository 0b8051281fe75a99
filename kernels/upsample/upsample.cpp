#include "kernels/upsample/upsample.h"

#include "base/fail.hpp"

namespace latentrt::kernels {

void check(const UpsampleArgs& args) {
  if (args.rows < 0 || args.height < 0 || args.width < 0 || args.channels < 0)
    fail(Code::invalid_argument, "upsample: invalid size: {} pictures of {} x {} x {}", args.rows,
         args.height, args.width, args.channels);
  if (args.rows * args.height * args.width * args.channels == 0) return;
  if (!is_twice(args.dst_height, args.height) || !is_twice(args.dst_width, args.width))
    fail(Code::invalid_argument, "upsample: {} x {} is not a possible result of {} x {}",
         args.dst_height, args.dst_width, args.height, args.width);
  if (args.src == nullptr || args.dst == nullptr)
    fail(Code::invalid_argument, "upsample: a buffer is null");
}

}  // namespace latentrt::kernels
