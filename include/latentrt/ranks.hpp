#pragma once
/// Several processes that compute one picture together, started by torchrun, mpirun, srun or by
/// hand.

#include <chrono>
#include <latentrt/api.hpp>
#include <latentrt/error.hpp>
#include <memory>
#include <string>

namespace latentrt {

struct RanksOptions {
  /// Time limit for other ranks to start, and for each of their messages.
  std::chrono::milliseconds deadline = std::chrono::seconds(60);
  /// "tcp", "mpi", "nccl", or "auto": NCCL between GPUs, MPI if its launcher started the processes,
  /// else sockets, as far as this build has them. With MPI and NCCL one thread must make all calls.
  std::string transport = "auto";
  /// The device of this rank, as for Context: "cuda" is the GPU with the rank's local number.
  std::string device = "cpu";
};

/// This process's place in the group of ranks. A handle; copies share it. One thread at a time may
/// run with it.
class LATENTRT_API Ranks {
 public:
  /// Finds the other processes by the launcher's variables (RANK and WORLD_SIZE, or those of Open
  /// MPI, MPICH or Slurm; MASTER_ADDR and MASTER_PORT) and connects to them. Without any variable
  /// the result is a single rank, at once. `work` describes what the processes are about to do; all
  /// must pass the same text. Ranks that connect over TCP prove to each other that they know the
  /// secret in LATENTRT_RANK_SECRET, in the file LATENTRT_RANK_SECRET_FILE, or in this user's own
  /// file, which is created if missing (README.md). Throws Error: invalid_argument for variables
  /// that contradict each other, for a secret that other users can read, and if ranks have
  /// different secrets; rank_failed that names the rank that did not connect, has another version
  /// or passed another text.
  static Ranks join(const std::string& work, const RanksOptions& options = {});
  /// A single rank, whatever the variables say.
  static Ranks alone();

  int rank() const noexcept;
  int size() const noexcept;
  int local_rank() const noexcept;  ///< among the ranks of this machine
  int local_size() const noexcept;
  /// "cuda:1" for the second rank on a machine with two GPUs
  const std::string& device() const noexcept;

  /// Tells the other ranks that this one cannot continue, and why: their runs end with
  /// Error(rank_failed) that contains the reason. A run that throws calls this itself.
  void give_up(const std::string& reason) const noexcept;

  struct State;
  const std::shared_ptr<State>& state() const noexcept { return state_; }

 private:
  explicit Ranks(std::shared_ptr<State> state) : state_(std::move(state)) {}
  std::shared_ptr<State> state_;
};

}  // namespace latentrt
