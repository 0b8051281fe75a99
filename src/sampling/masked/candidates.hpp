#pragma once
/// Predictions of masked tokens, with their confidence.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <vector>

namespace latentrt::sampling {

/// Candidates for the tokens that a step may commit (open tokens). Items with fewer open tokens
/// than others are filled up with tokens that are not open.
struct Candidates {
  at::Tensor places;      ///< [items,K] int64: indices in the state's ids
  at::Tensor open;        ///< [items,K]: whether the token may be committed
  at::Tensor ids;         ///< [items,K] int64: predicted ids
  at::Tensor confidence;  ///< [items,K] fp64; -infinity where not open
};

/// The confidence of a prediction: its probability; the negative entropy of the distribution; the
/// margin between its probability and the second highest one; or a random value, for a random
/// order.
enum class Confidence { probability, entropy, margin, random };

/// How end tokens are suppressed. Models that were trained on padded answers are overconfident
/// about them (Nie et al. 2025, appendix B).
enum class SuppressEnds {
  off,
  logits,      ///< the end of an answer is never predicted
  confidence,  ///< both end tokens have no confidence, so that they are committed last
  /// `confidence` as in the published code: with a temperature above 0, only the end of a turn is
  /// affected.
  reference
};

struct PredictionOptions {
  std::int64_t mask_id = 0;  ///< the mask token, which is never predicted
  double temperature = 0;    ///< 0 selects the most likely token
  int top_k = 0;             ///< samples from the top_k most likely tokens only; 0 is no limit
  /// Samples from the most likely tokens whose probabilities add up to top_p.
  double top_p = 1;
  Confidence confidence = Confidence::probability;
  bool tempered = false;  ///< confidence is computed after temperature, top_k and top_p
  SuppressEnds suppress = SuppressEnds::off;
  /// The tokens that end an answer and a turn of a conversation; negative if the model has none.
  std::int64_t end_id = -1, turn_end_id = -1;
};

struct Predictions {
  at::Tensor ids;         ///< [...] int64
  at::Tensor confidence;  ///< [...] fp64
};

/// Draws uniform values in [0,1).
using DrawUniform = std::function<at::Tensor()>;

/// Predicts a token, and its confidence, from logits [...,V]. Sampling is exact: the argmax of
/// logits / temperature plus Gumbel noise, in fp64, because fp32 truncates the tail of the noise
/// (Zheng et al. 2024). `uniform` returns [...,V] and is called if the temperature is above 0; the
/// tensor that it returns is modified. `order` returns [...] and is called if the confidence is
/// random. Throws Error(non_finite) if logits are NaN.
Predictions predict(const at::Tensor& logits, const PredictionOptions& options,
                    const DrawUniform& uniform, const DrawUniform& order);

/// Peak memory of predict() in bytes, in addition to the logits. `logits` is the number of logits,
/// and `drawn` the memory that `uniform` needs.
std::uint64_t prediction_bytes(const PredictionOptions& options, std::uint64_t logits,
                               std::uint64_t element_bytes, std::uint64_t drawn);

/// Top-k and top-p filter: keeps the top_k most likely tokens, and of these the ones whose more
/// likely predecessors have a total probability of at most top_p. Sets the logits of all other
/// tokens to -infinity.
at::Tensor filtered(const at::Tensor& logits, int top_k, double top_p);

}  // namespace latentrt::sampling
