#include "base/fail.hpp"
#include "comm/mpi.hpp"

namespace latentrt::comm {

bool has_mpi() noexcept { return false; }

std::unique_ptr<Communicator> connect_mpi(const Launch&, std::chrono::milliseconds) {
  fail(Code::unsupported, "this build has no MPI: CMake found none, or LATENTRT_MPI was OFF");
}

}  // namespace latentrt::comm
