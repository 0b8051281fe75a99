#include "comm/communicator.hpp"

#include <ATen/core/LegacyTypeDispatch.h>

namespace latentrt::comm {

void write_received(const at::Tensor& target, const at::Tensor& arrived) {
  const at::AutoDispatchBelowADInplaceOrView below_autograd;
  target.copy_(arrived);
}

std::unique_ptr<Pending> Communicator::begin(const Messages& sends, const Messages& receives,
                                             Traffic kind) {
  for (const Message& message : receives) received_[kind] += message.tensor.nbytes();
  return start(sends, receives, kind);
}

void Communicator::exchange(const Messages& sends, const Messages& receives, Traffic kind) {
  begin(sends, receives, kind)->wait();
}

}  // namespace latentrt::comm
