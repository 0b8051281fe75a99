#include "nn/ops/op_set.hpp"

#include <algorithm>

namespace latentrt::nn {

at::Tensor LateChoice::run(const OpCall& call) {
  const auto same = [](const TensorTraits& traits, const at::Tensor& src) {
    return traits.are_of(src);
  };
  if (!chosen_.run || !std::ranges::equal(srcs_, call.srcs, same)) {
    chosen_ = ops_.choose(call);
    srcs_.assign(call.srcs.begin(), call.srcs.end());
  }
  return chosen_.run(call);
}

}  // namespace latentrt::nn
