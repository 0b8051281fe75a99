#include "accel/patch_parallel/peer_values.hpp"

#include <ATen/ops/cat.h>

#include <algorithm>
#include <utility>

#include "accel/patch_parallel/complete.hpp"
#include "base/fail.hpp"

namespace latentrt::accel {
namespace {

std::map<nn::ValueId, at::Tensor> whole_values(const nn::Program& program,
                                               const nn::NamedTensors& inputs) {
  const std::set<nn::ValueId> complete = complete_values(program);
  std::map<nn::ValueId, at::Tensor> whole;
  for (const nn::ValueId id : program.inputs())
    if (complete.contains(id)) whole[id] = inputs.at(program.name_of(id));
  for (const nn::Node& node : program.nodes()) {
    if (!complete.contains(node.dst)) continue;
    std::vector<at::Tensor> parts;
    for (const nn::ValueId src : node.srcs) parts.push_back(whole.at(src));
    whole[node.dst] = at::cat(parts, 1);
  }
  return whole;
}

}  // namespace

PeerValues::PeerValues(comm::Communicator& communicator, Bands bands, PatchOptions options)
    : communicator_(communicator), bands_(std::move(bands)), options_(options) {
  if (bands_.ranks() != communicator.size()) {
    fail(Code::invalid_argument, "{} bands for {} ranks: each rank holds one", bands_.ranks(),
         communicator.size());
  }
}

PeerValues::~PeerValues() {
  try {
    forget();
  } catch (const std::exception&) {
    // The ranks have failed: there is no next run.
  }
}

void PeerValues::Exchange::settle() {
  if (!pending) return;
  pending->wait();
  known = std::move(coming);
  known_of = coming_of;
  pending.reset();
}

void PeerValues::forget() {
  for (auto& [node, exchange] : exchanges_) exchange.settle();
  exchanges_.clear();
  before_.clear();
}

void PeerValues::begin_call(const nn::Program& program, const nn::NamedTensors& inputs) {
  const at::Tensor& input = inputs.at(program.band_input());
  if (input_.defined() && input_.sizes() != input.sizes()) forget();
  ++call_;
  counters_.count_call(fresh());
  input_ = input;
  whole_ = whole_values(program, inputs);
  upsampled_ = upsampled_values(program);
}

bool PeerValues::fresh() const noexcept {
  const int stale_call = call_ - options_.warm_up;  // from 1 on
  if (options_.warm_up < 0 || stale_call < 1) return true;
  return options_.resync > 0 && stale_call % options_.resync == 0;
}

std::int64_t PeerValues::row_length(std::int64_t tokens) const {
  return accel::row_length(bands_.of_rank(rank()).count(), input_.size(3), tokens);
}

at::Tensor PeerValues::before(const std::string& node, const at::Tensor& now) {
  const auto [place, first] = before_.try_emplace(node, now);
  return std::exchange(place->second, now);
}

const Pieces& PeerValues::swap(const std::string& node, const comm::Messages& sends,
                               Pieces receives, comm::Traffic kind, bool fresh) {
  Exchange& exchange = exchanges_[node];
  exchange.settle();
  comm::Messages awaited;
  for (const Piece& piece : receives) {
    if (piece.rank != rank()) awaited.push_back({piece.rank, piece.tensor});
  }
  exchange.pending = communicator_.begin(sends, awaited, kind);
  exchange.coming = std::move(receives);
  exchange.coming_of = call_;
  if (fresh || exchange.known.empty()) exchange.settle();
  const auto of_others = std::ranges::count_if(
      exchange.known, [&](const Piece& piece) { return piece.rank != rank(); });
  counters_.count_pieces(call_ - exchange.known_of, static_cast<std::size_t>(of_others));
  return exchange.known;
}

}  // namespace latentrt::accel
