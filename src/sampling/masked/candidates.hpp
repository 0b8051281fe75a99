#pragma once
/// What a call predicts for masked tokens, and how sure it is.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <vector>

namespace latentrt::sampling {

/// Of the tokens that a step may commit. Items with fewer of them than others also have some that
/// may not be.
struct Candidates {
  at::Tensor places;      ///< [items,K] int64: which tokens of the state's ids
  at::Tensor open;        ///< [items,K]: whether the token may be committed
  at::Tensor ids;         ///< [items,K] int64: what the call predicts
  at::Tensor confidence;  ///< [items,K] fp64; -infinity where not open
};

/// How sure a prediction is: its probability; minus the entropy of all; the probability's lead over
/// the next best; or a random value, so that the order is random.
enum class Confidence { probability, entropy, margin, random };

/// Tokens that end an answer early. Models that were trained on padded answers are confident of
/// them (Nie et al. 2025, appendix B).
enum class SuppressEnds {
  off,
  logits,      ///< the end is never predicted
  confidence,  ///< both ends have no confidence, so that they are committed last
  /// The same, but where a temperature is set, only of the end of a turn: what the published code
  /// does.
  reference
};

struct PredictionOptions {
  std::int64_t mask_id = 0;  ///< which is never predicted
  double temperature = 0;    ///< 0: the most likely token
  int top_k = 0;             ///< of so many tokens only; 0: of all
  double top_p = 1;          ///< of the most likely ones with this probability together
  Confidence confidence = Confidence::probability;
  bool tempered = false;  ///< confidence is that after temperature, top_k and top_p
  SuppressEnds suppress = SuppressEnds::off;
  /// Of an answer, and of a turn of a conversation; negative: the model has none.
  std::int64_t end_id = -1, turn_end_id = -1;
};

struct Predictions {
  at::Tensor ids;         ///< [...] int64
  at::Tensor confidence;  ///< [...] fp64
};

/// Draws uniform values of [0,1).
using DrawUniform = std::function<at::Tensor()>;

/// From logits [...,V]. Sampling is exact: the argmax of logits / temperature and Gumbel noise in
/// fp64, because fp32 cuts off its tail (Zheng et al. 2024). `uniform` [...,V] is called where a
/// temperature is set and returns a tensor that may be changed, `order` [...] where confidence is
/// random. Throws Error(non_finite) where logits are NaN.
Predictions predict(const at::Tensor& logits, const PredictionOptions& options,
                    const DrawUniform& uniform, const DrawUniform& order);

/// Bytes that predict() holds at most for so many logits, with `drawn` for making `uniform`, in
/// addition to those logits.
std::uint64_t prediction_bytes(const PredictionOptions& options, std::uint64_t logits,
                               std::uint64_t element_bytes, std::uint64_t drawn);

/// The k most likely tokens, and of them the most likely ones whose predecessors together have
/// at most top_p; -infinity for the others.
at::Tensor filtered(const at::Tensor& logits, int top_k, double top_p);

}  // namespace latentrt::sampling
