#include "comm/meeting/rendezvous.hpp"

#include "base/fail.hpp"
#include "comm/meeting/meeting.hpp"

namespace latentrt::comm {

std::vector<Socket> meet(const Launch& launch, const Secret& secret,
                         std::chrono::milliseconds deadline) {
  if (launch.host.empty()) {
    fail(Code::invalid_argument,
         "{} ranks have no meeting place: set MASTER_ADDR and MASTER_PORT for all of them",
         launch.size);
  }
  const Meeting meeting{launch, secret, deadline};
  try {
    return launch.rank == 0 ? meet_as_first(meeting) : meet_as_other(meeting);
  } catch (const Error& error) {
    fail(error.code(), "rank {}: {}", launch.rank, error.what());
  }
}

}  // namespace latentrt::comm
