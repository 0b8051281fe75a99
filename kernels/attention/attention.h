#pragma once
/// Scaled dot-product attention (Vaswani et al. 2017) without a mask:
///
///   dst[i] = sum_j p[i, j] v[j],  p[i, j] = exp(s[i, j]) / sum_l exp(s[i, l]),  s[i, j] = scale q[i] . k[j]
///
/// for each head of each batch row. Keys and values may lie in several segments, one after another, as a picture does whose
/// parts came from several ranks. On the GPU it is the online softmax of Milakov and Gimelshein 2018 over tiles of keys, as
/// in FlashAttention-2 (Dao 2023): scores never reach memory.

#include <cstdint>
#include <latentrt/dtype.hpp>
#include <string>

#include "kernels/common/stream.h"

namespace latentrt::kernels {

/// Elements between neighbours, so that [batch, tokens, heads, size] and the parts of a packed [batch, tokens, 3, heads, size]
/// are read where they lie. The elements of one head's vector are neighbours. Zero repeats a thing: text keys that all
/// rows share have batch = 0.
struct AttentionStrides {
  std::int64_t batch = 0, token = 0, head = 0;
};

struct AttentionSegment {
  const void *k = nullptr, *v = nullptr;
  std::int64_t rows = 0;  ///< keys, and as many values
  AttentionStrides k_strides, v_strides;
};

inline constexpr int kMaxAttentionSegments = 16;
inline constexpr std::int64_t kMaxAttentionHeadSize = 256;

struct AttentionArgs {
  DType dtype = DType::fp32;  ///< of all but lse; sums are fp32
  const void* q = nullptr;    ///< batch, queries, heads, head_size
  void* dst = nullptr;        ///< the same; overlaps no source
  float* lse = nullptr;       ///< [batch, heads, queries], log sum_j exp(s[i, j]); null: not wanted
  AttentionStrides q_strides, dst_strides;
  std::int64_t batch = 0, heads = 0, queries = 0, head_size = 0;
  double scale = 0;  ///< of the scores, usually 1 / sqrt(head_size)
  int segments = 0;  ///< of the list below that are there
  AttentionSegment segment[kMaxAttentionSegments];
};

/// Why a call cannot be served, as a sentence; empty when it can. Sizes, scale and each segment's rows are positive,
/// head_size is a multiple of 8 up to 256, no pointer is null, and every head's vector starts at a multiple of 16 bytes.
std::string attention_refusal(const AttentionArgs& args);

/// Throws Error(invalid_argument) with that sentence.
void check(const AttentionArgs& args);

/// Enqueues on the stream of the current device; one launch, no allocation, no atomics, capturable in a graph. The same input
/// gives the same bits. 16-bit types multiply on tensor cores, with exp(s) rounded to that type; fp32 stays fp32 throughout.
/// Throws what check throws, Error(internal) when the launch fails and Error(unsupported) in a build without CUDA.
void attention(const AttentionArgs& args, Stream stream);

/// In double, straight from the formula, on the calling thread.
void attention_ref(const AttentionArgs& args);

}  // namespace latentrt::kernels
