#include "kernels/concat/concat.h"

#include "base/fail.hpp"

namespace latentrt::kernels {

void check(const ConcatArgs& args) {
  if (args.pixels < 0 || args.a_channels < 0 || args.b_channels < 0)
    fail(Code::invalid_argument, "concat: invalid size: {} pixels of {} and {} channels",
         args.pixels, args.a_channels, args.b_channels);
  const bool missing = (args.a_channels > 0 && args.a == nullptr) ||
                       (args.b_channels > 0 && args.b == nullptr) ||
                       (args.a_channels + args.b_channels > 0 && args.dst == nullptr);
  if (args.pixels > 0 && missing) fail(Code::invalid_argument, "concat: a buffer is null");
}

}  // namespace latentrt::kernels
