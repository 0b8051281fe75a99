#pragma once
/// Rank and number of ranks of this process, from the variables that launchers set.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace latentrt::comm {

/// One process of a run.
struct Launch {
  int rank = 0, size = 1;
  int local_rank = 0, local_size = 1;  ///< among the ranks of this machine
  bool by_mpi = false;                 ///< started by the launcher of an MPI
  std::string host{};  ///< address of the rendezvous, on rank 0's machine; empty: unknown
  std::uint16_t port = 0;
};

/// Returns a variable's value if it is set.
using Variables = std::function<std::optional<std::string>(const char* name)>;
std::optional<std::string> environment_variable(const char* name);

/// Reads RANK and WORLD_SIZE (torchrun, or processes started by hand), else the variables of the
/// launchers of Open MPI, MPICH or Slurm; a single rank if there are none. Slurm's count only
/// inside srun, because a batch script is one process. The rendezvous is at MASTER_ADDR and
/// MASTER_PORT, else on the first host of a Slurm job, else on this machine if the launcher keeps
/// all ranks on one, else unknown. If torchrun listens at MASTER_PORT itself, another port is
/// derived from it. Throws Error(invalid_argument) that names the variables if they are incomplete
/// or contradict each other.
Launch read_launch(const Variables& variables = environment_variable);

}  // namespace latentrt::comm
