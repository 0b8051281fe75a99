#pragma once
/// Keys and values of all tokens of all rows, for each attention of a network.

#include <array>
#include <map>
#include <string>

#include "accel/block_cache/token_selection.hpp"
#include "sampling/rows.hpp"

namespace latentrt::accel {

/// Belongs to one run. Every row begins with a run of the network that computes all of its tokens.
class KeptTokens {
 public:
  enum Which : std::size_t { keys, values };

  /// What the runs of the network compute from now on; outlives them.
  void select(const TokenSelection& selection) { selection_ = &selection; }
  bool whole() const { return selection_->whole(); }

  /// Puts what a node computed of the selection, [R,K,C], into its place. Returns those of all
  /// tokens of the selection's rows, [R,L,C]: `fresh` itself where it is all of them. The result is
  /// valid until the node's next call.
  at::Tensor put(const std::string& node, Which which, const at::Tensor& fresh);

  /// Only these rows stay, in this order.
  void keep(const sampling::Rows& rows);

  std::uint64_t bytes() const;

 private:
  const TokenSelection* selection_ = nullptr;
  std::map<std::string, std::array<at::Tensor, 2>> kept_;  ///< [call's rows,L,C] each
};

}  // namespace latentrt::accel
