#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/repeat_interleave.h>

#include <algorithm>

#include "accel/patch_parallel/exchanges.hpp"

namespace latentrt::accel {

/// Output row j reads as many rows as the kernel has, from j * stride - pad on.
Halo halo_of(const nn::Conv2d& op) {
  return {op.pad_begin, std::max(op.kernel - op.pad_begin - op.stride, 0)};
}

namespace {

at::Tensor rows_of(const at::Tensor& x, std::int64_t begin, std::int64_t count) {
  return x.narrow(2, begin, count).contiguous();
}

at::Tensor room_for(const at::Tensor& x, std::int64_t rows) {
  return at::empty({x.size(0), x.size(1), rows, x.size(3)}, x.options());
}

/// The rows adjacent to the band, from an input that every rank has completely.
Pieces cut(const at::Tensor& whole, const Halo& halo, const PeerValues& peers) {
  const Rows own = peers.bands().of_rank(peers.rank());
  Pieces pieces;
  if (own.begin > 0 && halo.above > 0)
    pieces.push_back({peers.rank() - 1, {}, rows_of(whole, own.begin - halo.above, halo.above)});
  if (own.end < whole.size(2) && halo.below > 0)
    pieces.push_back({peers.rank() + 1, {}, rows_of(whole, own.end, halo.below)});
  return pieces;
}

/// Exchanges rows with the neighbours: the last ones of each band are above the next one, the first
/// ones below the one before. Equal columns are sent once.
const Pieces& trade(const nn::OpCall& call, const Halo& halo, std::int64_t alike,
                    PeerValues& peers) {
  const at::Tensor x = call.src(0).slice(3, 0, {}, alike);
  const int rank = peers.rank();
  comm::Messages sends;
  Pieces receives;
  if (rank > 0) {
    if (halo.below > 0) sends.push_back({rank - 1, rows_of(x, 0, halo.below)});
    if (halo.above > 0) receives.push_back({rank - 1, {}, room_for(x, halo.above)});
  }
  if (rank + 1 < peers.bands().ranks()) {
    if (halo.above > 0) sends.push_back({rank + 1, rows_of(x, x.size(2) - halo.above, halo.above)});
    if (halo.below > 0) receives.push_back({rank + 1, {}, room_for(x, halo.below)});
  }
  return peers.swap(call.node.name, sends, std::move(receives), comm::Traffic::halo, peers.fresh());
}

}  // namespace

/// The local convolution pads on all sides. Inside the picture its first rows are therefore wrong;
/// they are cut off, and rows of zeros before the halo make the correct ones begin at a multiple of
/// the stride.
at::Tensor convolve(const nn::Conv2d& op, const nn::OpCall& call, nn::LateChoice& local,
                    PeerValues& peers) {
  const at::Tensor& x = call.src(0);
  const Halo halo = halo_of(op);
  const at::Tensor* const whole = peers.whole(call.node.srcs[0]);
  const std::int64_t alike = peers.alike(call.node.srcs[0], x.size(3));
  const std::int64_t wanted = x.size(2) / op.stride;
  std::vector<at::Tensor> parts{x};
  std::int64_t wrong = 0;
  for (const Piece& piece : whole ? cut(*whole, halo, peers) : trade(call, halo, alike, peers)) {
    const at::Tensor rows = alike == 1 ? piece.tensor : piece.tensor.repeat_interleave(alike, 3);
    if (piece.rank > peers.rank()) {
      parts.push_back(rows);
      continue;
    }
    parts.insert(parts.begin(), rows);
    const std::int64_t filler = (op.stride - op.pad_begin % op.stride) % op.stride;
    if (filler > 0) parts.insert(parts.begin(), room_for(x, filler).zero_());
    wrong = (filler + op.pad_begin) / op.stride;
  }
  const at::Tensor extended = at::cat(parts, 2).contiguous(x.suggest_memory_format());
  const at::Tensor y = local.run({call.node, {&extended, 1}, call.weights});
  const at::Tensor own = y.narrow(2, wrong, wanted);
  return call.srcs.size() > 1 ? own + call.src(1) : own.contiguous(x.suggest_memory_format());
}

}  // namespace latentrt::accel
