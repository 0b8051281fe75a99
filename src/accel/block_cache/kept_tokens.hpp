#pragma once
/// Cached keys and values of all tokens of all rows, for each attention node of a network.

#include <array>
#include <map>
#include <string>

#include "accel/block_cache/token_selection.hpp"
#include "sampling/rows.hpp"

namespace latentrt::accel {

/// Stores the keys and values. Belongs to one run. The first run of the network for a row must
/// compute all of its tokens.
class KeptTokens {
 public:
  enum Which : std::size_t { keys, values };

  /// Sets the tokens that the following runs of the network compute. `selection` must outlive those
  /// runs.
  void select(const TokenSelection& selection) { selection_ = &selection; }
  bool whole() const { return selection_->whole(); }

  /// Stores the keys or values [R,K,C] that a node computed for the selected tokens. Returns those
  /// of all tokens of the selected rows, [R,L,C]; this is `fresh` itself if all tokens of the rows
  /// are selected. The result is valid until the next call for the node.
  at::Tensor put(const std::string& node, Which which, const at::Tensor& fresh);

  /// Keeps only these rows, in this order.
  void keep(const sampling::Rows& rows);

  std::uint64_t bytes() const;

 private:
  const TokenSelection* selection_ = nullptr;
  /// [call's rows,L,C], keys and values of each node
  std::map<std::string, std::array<at::Tensor, 2>> kept_;
};

}  // namespace latentrt::accel
