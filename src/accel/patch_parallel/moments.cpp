#include <ATen/TensorOperators.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/var_mean.h>
#include <ATen/ops/where.h>

#include <map>

#include "accel/patch_parallel/exchanges.hpp"

namespace latentrt::accel {
namespace {

/// Mean and biased variance of a part of the picture: [2, N, groups].
at::Tensor moments_of(const at::Tensor& x, int groups) {
  const at::Tensor wide = x.scalar_type() == at::kDouble ? x : x.to(at::kFloat);
  const auto [variance, mean] =
      at::var_mean(wide.unflatten(1, {groups, x.size(1) / groups}), {2, 3, 4}, /*correction=*/0);
  return at::stack({mean, variance});
}

/// Mean and mean of squares, in double: those of parts can be added.
at::Tensor additive(const at::Tensor& moments) {
  const at::Tensor wide = moments.to(at::kDouble);
  return at::stack({wide[0], wide[1] + wide[0].square()});
}

at::Tensor mean_and_variance(const at::Tensor& sums) {
  return at::stack({sums[0], sums[1] - sums[0].square()});
}

/// Sends this rank's moments to all others and returns those of all ranks, by rank.
std::map<int, at::Tensor> trade(const std::string& node, const at::Tensor& own, PeerValues& peers,
                                bool fresh) {
  comm::Messages sends;
  Pieces receives;
  for (int peer = 0; peer < peers.bands().ranks(); ++peer) {
    if (peer == peers.rank()) continue;
    sends.push_back({peer, own});
    receives.push_back({peer, {}, at::empty_like(own)});
  }
  std::map<int, at::Tensor> all{{peers.rank(), own}};
  for (const Piece& piece :
       peers.swap(node, sends, std::move(receives), comm::Traffic::moments, fresh))
    all.emplace(piece.rank, piece.tensor);
  return all;
}

at::Tensor weighted_sum(const std::map<int, at::Tensor>& moments, const Bands& bands) {
  at::Tensor sum;
  for (const auto& [rank, values] : moments) {
    const at::Tensor part = additive(values) * bands.share(rank);
    sum = sum.defined() ? sum + part : part;
  }
  return sum;
}

/// Converts to the sample variance (Bessel's correction) of `count` elements.
void to_sample_variance(at::Tensor& moments, std::int64_t count) {
  moments[1].mul_(static_cast<double>(count) / static_cast<double>(count - 1));
}

/// Moments of the whole picture, as far as they are known.
at::Tensor global_moments(const std::string& node, const at::Tensor& own, PeerValues& peers) {
  const Moments mode = peers.options().moments;
  const bool fresh = peers.fresh() || mode == Moments::sync;
  const at::Tensor before = peers.before(node, own);
  if (!fresh && mode == Moments::separate) return own.to(at::kDouble);
  auto all = trade(node, own, peers, fresh);
  if (fresh || mode == Moments::stale) return mean_and_variance(weighted_sum(all, peers.bands()));
  all[peers.rank()] = before;
  const at::Tensor corrected =
      mean_and_variance(weighted_sum(all, peers.bands()) + additive(own) - additive(before));
  // The correction can make a variance negative.
  const at::Tensor variance = at::where(corrected[1] < 0, own[1].to(at::kDouble), corrected[1]);
  return at::stack({corrected[0], variance});
}

at::Tensor for_pixels(const at::Tensor& channels) { return channels.unsqueeze(-1).unsqueeze(-1); }

}  // namespace

at::Tensor normalise(const nn::GroupNorm& op, const nn::OpCall& call, PeerValues& peers) {
  at::Tensor x = call.src(0);
  if (call.srcs.size() > 1) x = x + for_pixels(call.src(1));
  const at::Tensor own = moments_of(x, op.groups);
  at::Tensor moments = global_moments(call.node.name, own, peers);
  const std::int64_t repeats = x.size(1) / op.groups;
  if (peers.options().released) to_sample_variance(moments, repeats * x.size(2) * x.size(3));
  const auto wide = own.scalar_type();
  const at::Tensor slope = (moments[1] + op.eps).rsqrt().repeat_interleave(repeats, 1).to(wide) *
                           call.weight(0).to(wide);
  const at::Tensor offset =
      call.weight(1).to(wide) - moments[0].repeat_interleave(repeats, 1).to(wide) * slope;
  at::Tensor y = (x.to(wide) * for_pixels(slope) + for_pixels(offset)).to(x.scalar_type());
  return op.silu ? at::silu_(y) : y;
}

}  // namespace latentrt::accel
