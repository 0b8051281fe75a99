#include "sampling/caller.hpp"

#include "sampling/plan.hpp"

namespace latentrt::sampling {

std::unique_ptr<NetworkCaller> make_caller(const Plan& plan, std::int64_t latent_rows,
                                           comm::Communicator* ranks) {
  if (plan.make_launch) return plan.make_launch(plan);
  if (plan.make_space) return plan.make_space(plan, latent_rows, ranks);
  return std::make_unique<LocalCaller>(plan.denoiser);
}

}  // namespace latentrt::sampling
