#include "comm/join.hpp"

#include "base/fail.hpp"
#include "base/quote.hpp"
#include "comm/agree.hpp"
#include "comm/mpi.hpp"
#include "comm/nccl.hpp"
#include "comm/rendezvous/rendezvous.hpp"
#include "comm/tcp/tcp.hpp"

namespace latentrt::comm {
namespace {

std::unique_ptr<Communicator> connect(const std::string& transport, const Launch& launch,
                                      const JoinOptions& options) {
  const std::string on_host = launch.by_mpi && has_mpi() ? "mpi" : "tcp";
  if (transport == "auto")
    return connect(options.gpu >= 0 && has_nccl() ? "nccl" : on_host, launch, options);
  if (transport == "tcp")
    return connect_tcp(launch.rank, meet(launch, find_secret(options.variables), options.deadline),
                       options.deadline);
  if (transport == "mpi") return connect_mpi(launch, options.deadline);
  if (transport != "nccl")
    fail(Code::invalid_argument, "unknown transport {}: it is auto, tcp, mpi or nccl",
         quote(transport));
  if (options.gpu < 0) fail(Code::invalid_argument, "transport nccl is for ranks on GPUs");
  return connect_nccl(connect(on_host, launch, options), options.gpu, options.deadline);
}

}  // namespace

std::unique_ptr<Communicator> join(const Launch& launch, const std::string& work,
                                   const JoinOptions& options) {
  auto ranks = connect(options.transport, launch, options);
  try {
    agree_on(*ranks, LATENTRT_VERSION, work);
  } catch (const std::exception& error) {
    ranks->give_up(error.what());
    throw;
  }
  return ranks;
}

}  // namespace latentrt::comm
