#include "base/fail.hpp"
#include "comm/nccl.hpp"

namespace latentrt::comm {

bool has_nccl() noexcept { return false; }

std::unique_ptr<Communicator> connect_nccl(std::unique_ptr<Communicator>, int,
                                           std::chrono::milliseconds) {
  fail(Code::unsupported, "this build has no NCCL");
}

}  // namespace latentrt::comm
