#include "bench/lone_rank.hpp"

#include <chrono>

#include "accel/patch_parallel/network.hpp"
#include "comm/loopback.hpp"

namespace latentrt::accel {
namespace {

using namespace std::chrono_literals;

class LoneRank final : public nn::OpSet {
 public:
  LoneRank(std::shared_ptr<const nn::OpSet> local, const nn::Program& program,
           const at::Tensor& sample)
      : remote_(alone_.rank(0), Bands::of({sample.size(2)}, 1), {}),
        ops_(std::move(local), remote_) {
    remote_.begin_call(program, program.band_input(), sample);
  }

  at::Tensor run(const nn::OpCall& call) const override { return ops_.run(call); }
  std::string implementation(const nn::OpCall& call) const override {
    return ops_.implementation(call);
  }

 private:
  comm::LoopbackRanks alone_{1, 1s};
  Remote remote_;
  PatchOps ops_;
};

}  // namespace

std::shared_ptr<const nn::OpSet> make_lone_rank(std::shared_ptr<const nn::OpSet> local,
                                                const nn::Program& program,
                                                const at::Tensor& sample) {
  return std::make_shared<const LoneRank>(std::move(local), program, sample);
}

}  // namespace latentrt::accel
