#include <fmt/format.h>

#include <latentrt/ranks.hpp>

#include "comm/join.hpp"
#include "device/context_state.hpp"
#include "device/cuda/device_query.h"
#include "tasks/ranks_state.hpp"

namespace latentrt {
namespace {

std::string own_device(const std::string& asked, int local_rank) {
  const int gpus = kernels::cuda_device_count();
  return asked == "cuda" && gpus > 0 ? fmt::format("cuda:{}", local_rank % gpus) : asked;
}

}  // namespace

Ranks Ranks::join(const std::string& work, const RanksOptions& options) {
  auto state = std::make_shared<State>(State{comm::read_launch(), options.device, nullptr});
  const comm::Launch& launch = state->launch;
  state->device = own_device(options.device, launch.local_rank);
  const at::Device device = device::parse_device(state->device);
  if (launch.size > 1) {
    state->communicator = comm::join(launch, work,
                                     {.deadline = options.deadline,
                                      .transport = options.transport,
                                      .gpu = device.is_cuda() ? device.index() : -1});
  }
  return Ranks(std::move(state));
}

Ranks Ranks::alone() { return Ranks(std::make_shared<State>()); }

int Ranks::rank() const noexcept { return state_->launch.rank; }
int Ranks::size() const noexcept { return state_->launch.size; }
int Ranks::local_rank() const noexcept { return state_->launch.local_rank; }
const std::string& Ranks::device() const noexcept { return state_->device; }
int Ranks::local_size() const noexcept { return state_->launch.local_size; }

void Ranks::give_up(const std::string& reason) const noexcept {
  if (state_->communicator) state_->communicator->give_up(reason);
}

}  // namespace latentrt
