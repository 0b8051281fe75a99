#include <latentrt/error.hpp>

#include "kernels/quantize_rows/quantize_rows.h"

namespace latentrt::kernels {

void quantize_rows(const QuantizeRowsArgs&, Stream) {
  throw Error(Code::unsupported,
              "quantize_rows was asked to run on a GPU, but this build has no CUDA");
}

void rescale_rows(const RescaleRowsArgs&, Stream) {
  throw Error(Code::unsupported,
              "rescale_rows was asked to run on a GPU, but this build has no CUDA");
}

}  // namespace latentrt::kernels
