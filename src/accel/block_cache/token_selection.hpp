#pragma once
/// The tokens that a run of the network computes.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "nn/run/executor.hpp"

namespace latentrt::accel {

/// Some tokens of some rows of a call.
struct TokenSelection {
  std::int64_t call_rows = 0;  ///< of the call
  at::Tensor rows{};           ///< [R] int64: which of them
  /// [R,K] int64, in order; undefined: all tokens. A row with fewer than others repeats its first.
  at::Tensor tokens{};
  at::Tensor places{};  ///< [R,L] int64: where in `tokens` a token is
  /// [R,K] int64: where in `tokens` the same token was first; undefined: there are no repetitions.
  at::Tensor firsts{};

  bool whole() const { return !tokens.defined(); }
  bool has_all_rows() const { return rows.size(0) == call_rows; }
  at::Tensor rows_of(const at::Tensor& all) const;
  /// What the network is told (models/transformer/llama.hpp) of these tokens; keys stay those of
  /// all tokens, and so does their mask.
  nn::NamedTensors inputs_of(const nn::NamedTensors& call) const;
};

/// Of what each row computes [rows,L]: rows that compute all tokens, and rows that compute some.
/// Rows that compute none are in no selection.
std::vector<TokenSelection> select_tokens(const at::Tensor& computed);

}  // namespace latentrt::accel
