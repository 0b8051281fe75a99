#include <ATen/ops/empty.h>

#include <array>
#include <utility>

#include "accel/patch_parallel/attention_window.hpp"
#include "accel/patch_parallel/exchanges.hpp"

namespace latentrt::accel {
namespace {

/// Keys and values of neighbouring rows, [L,N,2C]: the tokens of each rank are contiguous, so they
/// are received in place, and all are read without a copy.
class GatheredTokens {
 public:
  GatheredTokens(at::Tensor tokens, const Rows& rows, std::int64_t row_length)
      : tokens_(std::move(tokens)), rows_(rows), row_length_(row_length) {}

  at::Tensor of(const Rows& rows) const {
    return tokens_.narrow(0, (rows.begin - rows_.begin) * row_length_, rows.count() * row_length_);
  }

  void put(const Rows& rows, const at::Tensor& keys, const at::Tensor& values) const {
    const at::Tensor place = of(rows).transpose(0, 1);
    place.narrow(2, 0, keys.size(2)).copy_(keys);
    place.narrow(2, keys.size(2), values.size(2)).copy_(values);
  }

 private:
  const at::Tensor tokens_;
  const Rows rows_;
  const std::int64_t row_length_;
};

at::Tensor room_for(const at::Tensor& keys, const at::Tensor& values, std::int64_t tokens) {
  return at::empty({tokens, keys.size(0), keys.size(2) + values.size(2)}, keys.options());
}

}  // namespace

at::Tensor attend(const nn::OpCall& call, nn::LateChoice& local, PeerValues& peers) {
  const at::Tensor &keys = call.src(1), &values = call.src(2);
  const std::int64_t tokens = keys.size(1);
  const bool released = peers.options().released;  // if a row is a token
  const std::int64_t row_length = released ? 1 : peers.row_length(tokens);
  const AttentionWindow window(peers.level(tokens / row_length), peers.context(),
                               released ? Rounding::released : Rounding::nearest);
  const Rows held = window.own(peers.rank()), wanted = window.of(peers.rank());
  const Piece all{peers.rank(), wanted, room_for(keys, values, wanted.count() * row_length)};
  const GatheredTokens coming(all.tensor, wanted, row_length);
  coming.put(held, keys, values);
  comm::Messages sends;
  Pieces receives{all};
  for (int peer = 0; peer < peers.bands().ranks(); ++peer) {
    if (peer == peers.rank()) continue;
    const Rows given = held.cut(window.of(peer)), taken = window.own(peer).cut(wanted);
    if (!given.empty()) sends.push_back({peer, coming.of(given)});
    if (!taken.empty()) receives.push_back({peer, taken, coming.of(taken)});
  }
  const Piece& known = peers.swap(call.node.name, sends, std::move(receives),
                                  comm::Traffic::attention, peers.fresh())[0];
  const GatheredTokens gathered(known.tensor, known.rows, row_length);
  if (!known.tensor.is_same(all.tensor)) gathered.put(held, keys, values);
  const at::Tensor seen = gathered.of(wanted).transpose(0, 1);
  const std::array srcs{call.src(0), seen.narrow(2, 0, keys.size(2)),
                        seen.narrow(2, keys.size(2), values.size(2))};
  return local.run({call.node, srcs, call.weights});
}

}  // namespace latentrt::accel
