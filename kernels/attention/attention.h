#pragma once
/// Scaled dot-product attention (Vaswani et al. 2017) without a mask:
///
///   s[i, j] = scale q[i] . k[j]
///   p[i, j] = exp(s[i, j]) / sum_l exp(s[i, l])
///   dst[i]  = sum_j p[i, j] v[j]
///
/// for each head of each batch row. Keys and values may be in several segments, one after another,
/// for example if parts of the picture came from several ranks. On the GPU this is the online
/// softmax of Milakov and Gimelshein 2018 over tiles of keys, as in FlashAttention-2 (Dao 2023):
/// scores are never written to memory.

#include <cstdint>
#include <latentrt/dtype.hpp>
#include <string>

#include "kernels/common/stream.h"

namespace latentrt::kernels {

/// Strides in elements, so that [batch, tokens, heads, size] and the parts of a packed [batch,
/// tokens, 3, heads, size] can be read in place. The elements of one head's vector are contiguous.
/// A stride of zero repeats a tensor: text keys that all rows share have batch = 0.
struct AttentionStrides {
  std::int64_t batch = 0, token = 0, head = 0;
};

struct AttentionSegment {
  const void *k = nullptr, *v = nullptr;
  std::int64_t rows = 0;  ///< number of keys, and of values
  AttentionStrides k_strides, v_strides;
};

inline constexpr int kMaxAttentionSegments = 16;
inline constexpr std::int64_t kMaxAttentionHeadSize = 256;

struct AttentionArgs {
  DType dtype = DType::fp32;  ///< of all but lse; sums are fp32
  const void* q = nullptr;    ///< batch, queries, heads, head_size
  void* dst = nullptr;        ///< same shape as q; must not overlap a source
  float* lse = nullptr;  ///< [batch, heads, queries], log sum_j exp(s[i, j]); null: not computed
  AttentionStrides q_strides, dst_strides;
  std::int64_t batch = 0, heads = 0, queries = 0, head_size = 0;
  double scale = 0;  ///< of the scores, usually 1 / sqrt(head_size)
  int segments = 0;  ///< number of used entries of the list below
  AttentionSegment segment[kMaxAttentionSegments];
};

/// Why a call is not supported, as a sentence; empty if it is. Sizes, scale and each segment's rows
/// must be positive, head_size a multiple of 8 up to 256, no pointer null, and every head's vector
/// must start at a multiple of 16 bytes.
std::string attention_refusal(const AttentionArgs& args);
/// As above, for all arguments except dst, for callers that decide before they allocate it.
std::string attention_source_refusal(const AttentionArgs& args);

/// Throws Error(invalid_argument) with that sentence.
void check(const AttentionArgs& args);

/// Enqueues on the stream of the current device; one launch, no allocation, no atomics, can be
/// captured in a graph. The same input produces the same bits. 16-bit types multiply on tensor
/// cores, with exp(s) rounded to that type; fp32 uses fp32 throughout. Throws what check throws,
/// Error(internal) if the launch fails and Error(unsupported) in a build without CUDA.
void attention(const AttentionArgs& args, Stream stream);

/// In double, directly from the formula, on the calling thread.
void attention_ref(const AttentionArgs& args);

}  // namespace latentrt::kernels
