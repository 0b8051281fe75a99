#pragma once
/// Several processes that make one picture together, started by torchrun, mpirun, srun or by hand.

#include <chrono>
#include <latentrt/api.hpp>
#include <latentrt/error.hpp>
#include <memory>
#include <string>

namespace latentrt {

struct RanksOptions {
  /// How long the others are waited for, when they start and for every message of theirs.
  std::chrono::milliseconds deadline = std::chrono::seconds(60);
  /// "tcp", "mpi", "nccl", or "auto": NCCL between GPUs, MPI where its launcher started the processes, else sockets, as far
  /// as this build has them. Under MPI and NCCL one thread makes all calls.
  std::string transport = "auto";
  /// What this rank computes on, as for Context: "cuda" is the GPU of its number on this machine.
  std::string device = "cpu";
};

/// This process's place among them. A handle; copies share it. One thread at a time may run with it.
class LATENTRT_API Ranks {
 public:
  /// Finds the other processes by the launcher's variables (RANK and WORLD_SIZE, or those of Open MPI, MPICH or Slurm;
  /// MASTER_ADDR and MASTER_PORT) and connects to them. Without any it is one rank, alone, at once. `work` says what the
  /// processes are about to do; all must say the same. Ranks that meet over TCP prove to each other that they know the
  /// secret of LATENTRT_RANK_SECRET, of the file LATENTRT_RANK_SECRET_FILE, or of this user's own file, which is made when it
  /// is missing (README.md). Throws Error: invalid_argument for variables that contradict each other, for a secret that
  /// others can read, and when ranks have different ones; rank_failed that names the rank that did not come, or that is of
  /// another version or about other work.
  static Ranks join(const std::string& work, const RanksOptions& options = {});
  /// One process of its own, whatever the variables say.
  static Ranks alone();

  int rank() const noexcept;
  int size() const noexcept;
  int local_rank() const noexcept;  ///< among those on this machine
  int local_size() const noexcept;
  const std::string& device() const noexcept;  ///< "cuda:1" for the second rank on a machine with two GPUs

  /// Tells the others that this rank cannot go on, and why: their runs end with Error(rank_failed) that says so. A run
  /// that throws does it by itself.
  void give_up(const std::string& reason) const noexcept;

  struct State;
  const std::shared_ptr<State>& state() const noexcept { return state_; }

 private:
  explicit Ranks(std::shared_ptr<State> state) : state_(std::move(state)) {}
  std::shared_ptr<State> state_;
};

}  // namespace latentrt
