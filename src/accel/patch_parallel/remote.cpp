#include "accel/patch_parallel/remote.hpp"

#include <utility>

#include "base/fail.hpp"

namespace latentrt::accel {

Remote::Remote(comm::Communicator& communicator, Bands bands, PatchOptions options)
    : communicator_(communicator), bands_(std::move(bands)), options_(options) {
  if (bands_.ranks() != communicator.size()) {
    fail(Code::invalid_argument, "{} bands for {} ranks: each rank holds one", bands_.ranks(),
         communicator.size());
  }
}

void Remote::begin_call(at::Tensor input, nn::ValueId value) {
  ++call_;
  input_ = std::move(input);
  value_ = value;
}

std::int64_t Remote::row_length(std::int64_t tokens) const {
  const std::int64_t rows = bands_.of_rank(rank()).count(), width = input_.size(3);
  for (std::int64_t scale = 1; scale <= rows; scale *= 2) {
    const std::int64_t length = (width + scale - 1) / scale;
    if (rows % scale == 0 && rows / scale * length == tokens) return length;
  }
  fail(Code::unsupported, "{} tokens are not those of {} rows of {} latents at any level", tokens,
       rows, width);
}

at::Tensor Remote::before(const std::string& node, const at::Tensor& now) {
  const auto [place, first] = before_.try_emplace(node, now);
  return std::exchange(place->second, now);
}

const Pieces& Remote::swap(const std::string& node, const comm::Messages& sends, Pieces receives,
                           comm::Traffic kind, bool fresh) {
  Exchange& exchange = exchanges_[node];
  if (exchange.pending) {
    exchange.pending->wait();
    exchange.known = std::move(exchange.coming);
    exchange.pending.reset();
  }
  comm::Messages awaited;
  for (const Piece& piece : receives) awaited.push_back({piece.rank, piece.tensor});
  exchange.pending = communicator_.begin(sends, awaited, kind);
  exchange.coming = std::move(receives);
  if (fresh || exchange.known.empty()) {
    exchange.pending->wait();
    exchange.known = std::move(exchange.coming);
    exchange.pending.reset();
  }
  return exchange.known;
}

}  // namespace latentrt::accel
