#include "accel/patch_parallel/patch_ops.hpp"

#include "accel/patch_parallel/exchanges.hpp"

namespace latentrt::accel {
namespace {

struct Dispatch {
  const nn::OpCall& call;
  const nn::OpSet& local;
  PeerValues& peers;

  at::Tensor operator()(const nn::Conv2d& op) const { return convolve(op, call, local, peers); }
  at::Tensor operator()(const nn::GroupNorm& op) const { return normalise(op, call, peers); }
  at::Tensor operator()(const nn::Attention&) const { return attend(call, local, peers); }
  /// Nearest neighbours of whole rows are in the band.
  at::Tensor operator()(const nn::Upsample&) const { return local.run(call); }
  template <class Kind>
  at::Tensor operator()(const Kind&) const {
    static_assert(
        Kind::kFootprint == nn::Footprint::pointwise || Kind::kFootprint == nn::Footprint::none,
        "this kind of operation reads beyond a band, which needs an exchange");
    return local.run(call);
  }
};

}  // namespace

at::Tensor PatchOps::run(const nn::OpCall& call) const {
  if (peers_.options().naive) return local_->run(call);
  return std::visit(Dispatch{call, *local_, peers_}, call.node.op);
}

}  // namespace latentrt::accel
