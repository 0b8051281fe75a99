#include "kernels/geglu/geglu.h"

#include "base/fail.hpp"

namespace latentrt::kernels {

void check(const GegluArgs& args) {
  if (args.rows < 0 || args.size < 0)
    fail(Code::invalid_argument, "geglu: invalid size: {} rows of {}", args.rows, args.size);
  if (args.rows > 0 && args.size > 0 && (args.src == nullptr || args.dst == nullptr))
    fail(Code::invalid_argument, "geglu: a buffer is null");
}

}  // namespace latentrt::kernels
