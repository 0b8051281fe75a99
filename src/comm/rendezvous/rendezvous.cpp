#include "comm/rendezvous/rendezvous.hpp"

#include "base/fail.hpp"
#include "comm/rendezvous/sides.hpp"

namespace latentrt::comm {

std::vector<Socket> meet(const Launch& launch, const Secret& secret,
                         std::chrono::milliseconds deadline) {
  if (launch.host.empty()) {
    fail(Code::invalid_argument,
         "{} ranks have no rendezvous place: set MASTER_ADDR and MASTER_PORT for all of them",
         launch.size);
  }
  const Rendezvous rendezvous{launch, secret, deadline};
  try {
    return launch.rank == 0 ? meet_as_first(rendezvous) : meet_as_other(rendezvous);
  } catch (const Error& error) {
    fail(error.code(), "rank {}: {}", launch.rank, error.what());
  }
}

}  // namespace latentrt::comm
