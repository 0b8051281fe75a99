#include "accel/patch_parallel/patch_ops.hpp"

#include <memory>
#include <utility>

#include "accel/patch_parallel/exchanges.hpp"

namespace latentrt::accel {
namespace {

struct Choose {
  const nn::OpCall& call;
  const nn::OpSet& local;
  PeerValues& peers;

  nn::Implementation operator()(const nn::Conv2d& op) const {
    if (op.kernel == 1) return local.choose(call);
    return around([op](const nn::OpCall& of, nn::LateChoice& inner, PeerValues& with) {
      return convolve(op, of, inner, with);
    });
  }
  nn::Implementation operator()(const nn::GroupNorm& op) const {
    const auto run = [op, &with = peers](const nn::OpCall& of) { return normalise(op, of, with); };
    return {run, "LibTorch", "moments are those of all bands"};
  }
  nn::Implementation operator()(const nn::Attention&) const { return around(attend); }
  /// Nearest neighbours of whole rows are in the band.
  nn::Implementation operator()(const nn::Upsample&) const { return local.choose(call); }
  /// A band's rows are a multiple of the rows that become one, so that no window lies in two bands.
  nn::Implementation operator()(const nn::AveragePool&) const { return local.choose(call); }
  template <class Kind>
  nn::Implementation operator()(const Kind&) const {
    static_assert(
        Kind::kFootprint == nn::Footprint::pointwise || Kind::kFootprint == nn::Footprint::none,
        "this kind of operation reads beyond a band, which needs an exchange");
    return local.choose(call);
  }

  /// The local implementation, with the sources that the exchange has gathered.
  template <class Exchange>
  nn::Implementation around(Exchange exchange) const {
    const auto run = [exchange, inner = std::make_shared<nn::LateChoice>(local),
                      &with = peers](const nn::OpCall& of) { return exchange(of, *inner, with); };
    nn::Implementation own = local.choose(call);
    return {run, std::move(own.name), std::move(own.reason)};
  }
};

}  // namespace

nn::Implementation PatchOps::choose(const nn::OpCall& call) const {
  if (peers_.options().naive) return local_->choose(call);
  return std::visit(Choose{call, *local_, peers_}, call.node.op);
}

}  // namespace latentrt::accel
