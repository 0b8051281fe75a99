#include "cli/support/rank_flags.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <latentrt/error.hpp>

#include "cli/support/interrupt.hpp"
#include "cli/support/usage.hpp"

namespace latentrt::cli {
namespace {

/// The command with the flags that all ranks must share.
std::string work_of(const CLI::App& command, const std::vector<std::string>& own) {
  std::string work = command.get_name();
  for (const CLI::Option* option : command.get_options()) {
    const std::string name = option->get_name();
    if (option->count() == 0 || std::find(own.begin(), own.end(), name) != own.end()) continue;
    work += fmt::format(" {} {}", name, fmt::join(option->results(), " "));
  }
  return work;
}

}  // namespace

void RankFlags::add_to(CLI::App& app) {
  app.add_option("--simulate-ranks", simulated,
                 "compute on one device what this many ranks would with --accel patch:...")
      ->check(CLI::PositiveNumber);
  app.add_option("--rank-deadline", deadline,
                 "seconds to wait for a message of another rank before the run fails")
      ->check(CLI::Range(0.1, 1e6))
      ->capture_default_str();
  app.add_option("--transport", transport, "how ranks are connected: auto, tcp, mpi or nccl")
      ->transform(lower_case())
      ->capture_default_str();
}

void RankFlags::set_simulated(std::vector<AcceleratorChoice>& accelerators) const {
  if (simulated == 0) return;
  for (AcceleratorChoice& choice : accelerators) {
    auto* const spec = std::get_if<Spec>(&choice);
    if (spec == nullptr || spec->name != "patch") continue;
    if (spec->options.emplace("simulate_ranks", std::to_string(simulated)).second) return;
  }
  throw Error(Code::invalid_argument,
              "--simulate-ranks needs an --accel patch:... that does not name its ranks itself");
}

void RankFlags::run(const CLI::App& command, const std::vector<std::string>& own,
                    DeviceFlags& device, const std::function<void(const Ranks&)>& work) const {
  const auto patience = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::duration<double>(deadline));
  const Ranks ranks =
      Ranks::join(work_of(command, own),
                  {.deadline = patience, .transport = transport, .device = device.device});
  device.device = ranks.device();
  device.share_machine(ranks.local_size());
  const InterruptScope scope;
  try {
    work(ranks);
  } catch (const std::exception& error) {
    ranks.give_up(error.what());
    throw;
  }
}

}  // namespace latentrt::cli
