#pragma once
/// Selections of the tokens that a run of the network computes.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "nn/run/executor.hpp"

namespace latentrt::accel {

/// A selection of tokens in some rows of a call.
struct TokenSelection {
  std::int64_t call_rows = 0;  ///< number of rows of the call
  at::Tensor rows{};           ///< [R] int64: indices of the selected rows
  /// [R,K] int64: selected tokens, in ascending order; undefined if all tokens are selected. A row
  /// with fewer tokens than others repeats its first token.
  at::Tensor tokens{};
  at::Tensor places{};  ///< [R,L] int64: index of a token in `tokens`
  /// [R,K] int64: index in `tokens` of the first occurrence of the same token; undefined if no
  /// token is repeated.
  at::Tensor firsts{};

  bool whole() const { return !tokens.defined(); }
  bool has_all_rows() const { return rows.size(0) == call_rows; }
  at::Tensor rows_of(const at::Tensor& all) const;
  /// Returns the inputs of the network (models/transformer/llama.hpp) for the selected tokens. The
  /// keys, and their mask, remain those of all tokens.
  nn::NamedTensors inputs_of(const nn::NamedTensors& call) const;
};

/// Splits the computed tokens [rows,L] into selections: one of the rows that compute all tokens,
/// and one of the rows that compute some. Rows that compute none are in no selection.
std::vector<TokenSelection> select_tokens(const at::Tensor& computed);

}  // namespace latentrt::accel
