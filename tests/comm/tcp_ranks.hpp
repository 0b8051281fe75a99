#pragma once
/// Ranks that are threads of this process and talk over sockets.

#include <array>
#include <exception>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "comm/join.hpp"
#include "comm/socket.hpp"

namespace latentrt::testing {

/// The launch of one of so many ranks that meet at a port of this machine that is free now.
inline comm::Launch launch_of(int rank, int size, std::uint16_t port) {
  return {.rank = rank,
          .size = size,
          .local_rank = rank,
          .local_size = size,
          .host = "127.0.0.1",
          .port = port};
}
inline std::uint16_t free_port() { return comm::port_of(comm::listen_anywhere()); }

/// What a process would end with; empty: nothing.
using Ends = std::vector<std::string>;

/// Runs `work` once for each rank. A rank that throws tells the others, as a run does.
inline Ends run_tcp(
    int size, std::chrono::milliseconds deadline,
    const std::function<void(comm::Communicator&)>& work,
    const std::function<std::string(int)>& about = [](int) { return "test"; }) {
  const std::uint16_t port = free_port();
  Ends ends(static_cast<std::size_t>(size));
  const auto run_rank = [&](int rank) {
    std::unique_ptr<comm::Communicator> ranks;
    try {
      ranks = comm::join(launch_of(rank, size, port), about(rank), {.deadline = deadline});
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
