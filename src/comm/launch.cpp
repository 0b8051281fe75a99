#include "comm/launch.hpp"

#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdlib>
#include <string_view>

#include "base/fail.hpp"

namespace latentrt::comm {
namespace {

constexpr int kMaxRanks = 1 << 16;
// below the ports that systems assign to clients
constexpr unsigned kFirstPort = 20000, kPorts = 12000;

/// Names of the variables by which a launcher identifies a process.
struct Launcher {
  const char *rank, *size, *local_rank, *local_size;
};
constexpr Launcher kByHand{"RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE"};
constexpr Launcher kSlurm{"SLURM_PROCID", "SLURM_STEP_NUM_TASKS", "SLURM_LOCALID",
                          "SLURM_NTASKS_PER_NODE"};
constexpr std::array kMpi{Launcher{"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE",
                                   "OMPI_COMM_WORLD_LOCAL_RANK", "OMPI_COMM_WORLD_LOCAL_SIZE"},
                          Launcher{"PMI_RANK", "PMI_SIZE", "MPI_LOCALRANKID", "MPI_LOCALNRANKS"}};
/// Variables whose value is the same for all processes of a run and differs between runs.
constexpr std::array kRunNames{"PMIX_NAMESPACE", "OMPI_MCA_ess_base_jobid", "PMI_JOBID"};

int number(const char* name, const std::string& text, int least, int most) {
  int value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end || value < least || value > most) {
    fail(Code::invalid_argument, "{}={}: not a number from {} to {}", name, text.substr(0, 40),
         least, most);
  }
  return value;
}

/// Nothing unless both variables are set; only RANK, for example, is an error.
std::optional<Launch> launched_by(const Launcher& launcher, const Variables& variables) {
  const auto rank = variables(launcher.rank), size = variables(launcher.size);
  if (!rank && !size) return std::nullopt;
  if (!rank || !size) {
    fail(Code::invalid_argument, "{} is set and {} is not: a rank needs both",
         rank ? launcher.rank : launcher.size, rank ? launcher.size : launcher.rank);
  }
  Launch launch;
  launch.size = number(launcher.size, *size, 1, kMaxRanks);
  launch.rank = number(launcher.rank, *rank, 0, kMaxRanks);
  if (const auto local = variables(launcher.local_rank))
    launch.local_rank = number(launcher.local_rank, *local, 0, kMaxRanks);
  if (const auto local = variables(launcher.local_size))
    launch.local_size = number(launcher.local_size, *local, 1, kMaxRanks);
  if (launch.rank >= launch.size) {
    fail(Code::invalid_argument, "{}={} with {}={}: ranks count from 0", launcher.rank, launch.rank,
         launcher.size, launch.size);
  }
  return launch;
}

void check_agreement(const Launcher& a, const Launch& first, const Launcher& b,
                     const Launch& second) {
  if (first.rank == second.rank && first.size == second.size) return;
  fail(Code::invalid_argument, "{}={} of {}={}, but {}={} of {}={}: which rank is this?", a.rank,
       first.rank, a.size, first.size, b.rank, second.rank, b.size, second.size);
}

std::uint16_t port_for(std::string_view name) {
  return static_cast<std::uint16_t>(kFirstPort + std::hash<std::string_view>{}(name) % kPorts);
}

/// torchrun itself listens at MASTER_PORT, for ranks that use its store.
std::uint16_t port_beside(std::uint16_t served, const Variables& variables) {
  return port_for(
      fmt::format("torchrun.{}.{}", served, variables("TORCHELASTIC_RESTART_COUNT").value_or("0")));
}

/// "node[03-07,12],other" -> "node03".
std::string first_host(const std::string& list) {
  const std::size_t open = list.find('['), comma = list.find(',');
  if (open == std::string::npos || comma < open) return list.substr(0, comma);
  const std::size_t end = list.find_first_of("-,]", open);
  return list.substr(0, open) + list.substr(open + 1, end - open - 1);
}

/// Sets the rendezvous address if MASTER_ADDR and MASTER_PORT do not.
void meet_by_default(Launch& launch, const Variables& variables, bool by_slurm) {
  if (by_slurm) {
    launch.host = first_host(variables("SLURM_STEP_NODELIST").value_or("127.0.0.1"));
    launch.port = port_for(variables("SLURM_JOB_ID").value_or("") + "." +
                           variables("SLURM_STEP_ID").value_or(""));
    return;
  }
  if (launch.local_size != launch.size) return;
  launch.host = "127.0.0.1";
  std::string run = std::to_string(::getppid());
  for (const char* name : kRunNames) {
    if (const auto value = variables(name)) {
      run = *value;
      break;
    }
  }
  launch.port = port_for(run);
}

}  // namespace

std::optional<std::string> environment_variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr || *value == '\0' ? std::nullopt : std::optional<std::string>(value);
}

Launch read_launch(const Variables& variables) {
  std::optional<Launch> found = launched_by(kByHand, variables);
  for (const Launcher& launcher : kMpi) {
    const auto other = launched_by(launcher, variables);
    if (found && other) check_agreement(kByHand, *found, launcher, *other);
    if (!found) found = other;
    if (other) found->by_mpi = true;
  }
  const bool by_slurm = !found && variables(kSlurm.size);
  if (by_slurm) found = launched_by(kSlurm, variables);
  Launch launch = found.value_or(Launch{});
  if (launch.size == 1) return launch;
  const auto host = variables("MASTER_ADDR"), port = variables("MASTER_PORT");
  if (host.has_value() != port.has_value()) {
    fail(Code::invalid_argument, "{} is set and {} is not", host ? "MASTER_ADDR" : "MASTER_PORT",
         host ? "MASTER_PORT" : "MASTER_ADDR");
  }
  if (host) {
    launch.host = *host;
    launch.port = static_cast<std::uint16_t>(number("MASTER_PORT", *port, 1, 65535));
    if (variables("TORCHELASTIC_USE_AGENT_STORE").value_or("") == "True")
      launch.port = port_beside(launch.port, variables);
  } else {
    meet_by_default(launch, variables, by_slurm);
  }
  return launch;
}

}  // namespace latentrt::comm
