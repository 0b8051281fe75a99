#include "kernels/layer_norm/layer_norm.h"

#include "base/fail.hpp"

namespace latentrt::kernels {

void check(const LayerNormArgs& args) {
  if (args.rows < 0 || args.size < 0)
    fail(Code::invalid_argument, "layer_norm: invalid size: {} rows of {}", args.rows, args.size);
  if (args.rows > 0 && args.size > 0 && (args.x == nullptr || args.y == nullptr))
    fail(Code::invalid_argument, "layer_norm: a buffer is null");
}

}  // namespace latentrt::kernels
