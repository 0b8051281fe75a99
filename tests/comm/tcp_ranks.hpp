#pragma once
/// Ranks that are threads of this process, connected by sockets.

#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "comm/join.hpp"
#include "comm/meeting_ranks.hpp"

namespace latentrt::testing {

inline std::optional<std::string> variables(const char* name) {
  return std::string_view(name) == "LATENTRT_RANK_SECRET" ? std::optional(kSecretText)
                                                          : std::nullopt;
}
inline comm::JoinOptions within(std::chrono::milliseconds deadline) {
  return {.deadline = deadline, .variables = variables};
}

/// The error with which a process would end; empty: none.
using Ends = std::vector<std::string>;

/// Runs `work` once for each rank. A rank that throws notifies the others, as in a run.
inline Ends run_tcp(
    int size, std::chrono::milliseconds deadline,
    const std::function<void(comm::Communicator&)>& work,
    const std::function<std::string(int)>& about = [](int) { return "test"; }) {
  const std::uint16_t port = free_port();
  Ends ends(static_cast<std::size_t>(size));
  const auto run_rank = [&](int rank) {
    std::unique_ptr<comm::Communicator> ranks;
    try {
      ranks = comm::join(launch_of(rank, size, port), about(rank), within(deadline));
      work(*ranks);
    } catch (const std::exception& error) {
      ends[static_cast<std::size_t>(rank)] = error.what();
      if (ranks) ranks->give_up(error.what());
    }
  };
  std::vector<std::jthread> threads;
  for (int rank = 0; rank < size; ++rank) threads.emplace_back(run_rank, rank);
  threads.clear();
  return ends;
}

}  // namespace latentrt::testing
