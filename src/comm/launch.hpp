#pragma once
/// Which rank of how many this process is, by the variables that launchers set.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace latentrt::comm {

/// One process of a run.
struct Launch {
  int rank = 0, size = 1;
  int local_rank = 0, local_size = 1;  ///< among those on this machine
  bool by_mpi = false;                 ///< an MPI's launcher started it
  std::string host{};  ///< where the ranks find each other: rank 0's machine; empty: nobody says so
  std::uint16_t port = 0;
};

/// A variable's value, if it is set.
using Variables = std::function<std::optional<std::string>(const char* name)>;
std::optional<std::string> environment_variable(const char* name);

/// By RANK and WORLD_SIZE (torchrun, or processes started by hand), else by those of Open MPI's, MPICH's or Slurm's
/// launcher; one rank when there are none. Slurm's count only inside srun, as a batch script is one process. Where: by
/// MASTER_ADDR and MASTER_PORT, else the first host of a Slurm job, else this machine when the launcher keeps all ranks
/// on one; else nowhere. Where torchrun serves MASTER_PORT itself, another port that follows from it. Throws Error(invalid_argument) that names the variables when they are incomplete or contradict each other.
Launch read_launch(const Variables& variables = environment_variable);

}  // namespace latentrt::comm
