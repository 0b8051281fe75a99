#include "tasks/shared_work.hpp"

#include "base/fail.hpp"

namespace latentrt::pipeline {

void check_ranks(const sampling::Plan& plan, std::int64_t rows, comm::Communicator* ranks) {
  if (plan.make_space) {
    plan.make_space(plan, rows, ranks);
  } else if (ranks != nullptr && ranks->size() > 1) {
    fail(Code::invalid_argument,
         "{} ranks would all do the same work: an accelerator that shares it (patch) is missing",
         ranks->size());
  }
}

at::Tensor decode_together(const Pipeline::State& model, const sampling::Plan& plan,
                           comm::Communicator* ranks, const at::Tensor& latents,
                           const VaeOptions& options) {
  if (plan.make_space && !model.autoencoder->needs_parts(latents, options))
    return model.autoencoder->decode_on(*plan.make_space(plan, latents.size(2), ranks), latents);
  const bool first = ranks == nullptr || ranks->rank() == 0;
  return first ? model.autoencoder->decode(latents, options) : at::Tensor();
}

}  // namespace latentrt::pipeline
