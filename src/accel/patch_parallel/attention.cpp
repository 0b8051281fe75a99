#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>

#include <array>

#include "accel/patch_parallel/exchanges.hpp"
#include "accel/patch_parallel/reach.hpp"

namespace latentrt::accel {
namespace {

/// The tokens of `wanted`, of a tensor that holds those of `held`.
at::Tensor tokens_of(const at::Tensor& tokens, const Rows& held, const Rows& wanted,
                     std::int64_t row_length) {
  return tokens.narrow(1, (wanted.begin - held.begin) * row_length, wanted.count() * row_length);
}

}  // namespace

at::Tensor attend(const nn::OpCall& call, const nn::OpSet& local, Remote& remote) {
  const at::Tensor own = at::cat({call.src(1), call.src(2)}, -1);
  const bool released = remote.options().released;  // where a row is a token
  const std::int64_t row_length = released ? 1 : remote.row_length(own.size(1));
  const std::int64_t channels = call.src(1).size(2);
  const Reach reach(remote.level(own.size(1) / row_length), remote.context(),
                    released ? Rounding::released : Rounding::nearest);
  const Rows held = reach.own(remote.rank()), wanted = reach.of(remote.rank());
  comm::Messages sends;
  Pieces receives;
  for (int peer = 0; peer < remote.bands().ranks(); ++peer) {
    if (peer == remote.rank()) continue;
    const Rows given = held.cut(reach.of(peer)), taken = reach.own(peer).cut(wanted);
    if (!given.empty())
      sends.push_back({peer, tokens_of(own, held, given, row_length).contiguous()});
    if (taken.empty()) continue;
    const at::Tensor room =
        at::empty({own.size(0), taken.count() * row_length, own.size(2)}, own.options());
    receives.push_back({peer, taken, room});
  }
  std::vector<at::Tensor> above, below;
  for (const Piece& piece : remote.swap(call.node.name, sends, std::move(receives),
                                        comm::Traffic::attention, remote.fresh())) {
    const Rows rows = piece.rows.cut(wanted);
    if (rows.empty()) continue;
    (piece.rank < remote.rank() ? above : below)
        .push_back(tokens_of(piece.tensor, piece.rows, rows, row_length));
  }
  above.push_back(own);
  above.insert(above.end(), below.begin(), below.end());
  const at::Tensor all = at::cat(above, 1);
  const std::array srcs{call.src(0), all.narrow(2, 0, channels),
                        all.narrow(2, channels, all.size(2) - channels)};
  return local.run({call.node, srcs, call.weights});
}

}  // namespace latentrt::accel
