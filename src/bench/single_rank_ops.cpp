#include "bench/single_rank_ops.hpp"

#include <chrono>

#include "accel/patch_parallel/network.hpp"
#include "comm/loopback.hpp"

namespace latentrt::accel {
namespace {

using namespace std::chrono_literals;

class SingleRankOps final : public nn::OpSet {
 public:
  SingleRankOps(std::shared_ptr<const nn::OpSet> local, const nn::Program& program,
                const nn::NamedTensors& inputs)
      : peers_(alone_.rank(0), Bands::of({inputs.at(program.band_input()).size(2)}, 1), {}),
        ops_(std::move(local), peers_) {
    peers_.begin_call(program, inputs);
  }

  nn::Implementation choose(const nn::OpCall& call) const override { return ops_.choose(call); }

 private:
  comm::LoopbackRanks alone_{1, 1s};
  PeerValues peers_;
  PatchOps ops_;
};

}  // namespace

std::shared_ptr<const nn::OpSet> make_single_rank_ops(std::shared_ptr<const nn::OpSet> local,
                                                      const nn::Program& program,
                                                      const nn::NamedTensors& inputs) {
  return std::make_shared<const SingleRankOps>(std::move(local), program, inputs);
}

}  // namespace latentrt::accel
