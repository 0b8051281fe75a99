#include "accel/patch_parallel/remote.hpp"

#include <c10/core/InferenceMode.h>

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

Remote::~Remote() {
  try {
    forget();
  } catch (const std::exception&) {
    // The ranks have failed: there is no next run.
  }
}

void Remote::Exchange::settle() {
  if (!pending) return;
  pending->wait();
  known = std::move(coming);
  pending.reset();
}

void Remote::forget() {
  const c10::InferenceMode guard;  // what arrives is written to tensors of a run
  for (auto& [node, exchange] : exchanges_) exchange.settle();
  exchanges_.clear();
  before_.clear();
}

void Remote::begin_call(at::Tensor input, nn::ValueId value) {
  if (input_.defined() && input_.sizes() != input.sizes()) forget();
  ++call_;
  input_ = std::move(input);
  value_ = value;
}

std::int64_t Remote::row_length(std::int64_t tokens) const {
  return accel::row_length(bands_.of_rank(rank()).count(), input_.size(3), tokens);
}

at::Tensor Remote::before(const std::string& node, const at::Tensor& now) {
  const auto [place, first] = before_.try_emplace(node, now);
  return std::exchange(place->second, now);
}

const Pieces& Remote::swap(const std::string& node, const comm::Messages& sends, Pieces receives,
                           comm::Traffic kind, bool fresh) {
  Exchange& exchange = exchanges_[node];
  exchange.settle();
  comm::Messages awaited;
  for (const Piece& piece : receives) awaited.push_back({piece.rank, piece.tensor});
  exchange.pending = communicator_.begin(sends, awaited, kind);
  exchange.coming = std::move(receives);
  if (fresh || exchange.known.empty()) exchange.settle();
  return exchange.known;
}

}  // namespace latentrt::accel
