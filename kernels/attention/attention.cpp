#include "kernels/attention/attention.h"

#include <cmath>

#include "base/fail.hpp"
#include "kernels/attention/attention_math.h"
#include "kernels/attention/attention_plan.h"
#include "kernels/common/element.h"

namespace latentrt::kernels {
namespace {

/// What is wrong with a tensor of [batch, tokens, heads, head_size]; empty if it is valid.
std::string tensor_refusal(const AttentionArgs& args, const char* name, const void* data,
                           const AttentionStrides& strides, std::int64_t tokens) {
  if (data == nullptr) return fmt::format("attention: {} is null", name);
  const auto size = with_element(args.dtype, [](auto element) { return sizeof element; });
  const auto aligned = [&](std::int64_t stride, std::int64_t count) {
    return count <= 1 || stride * static_cast<std::int64_t>(size) % kPackBytes == 0;
  };
  if (!aligned_to_16(data) || !aligned(strides.batch, args.batch) ||
      !aligned(strides.token, tokens) || !aligned(strides.head, args.heads)) {
    return fmt::format(
        "attention: {} has vectors that do not start at a multiple of 16 bytes (strides {}, {}, {} "
        "of "
        "elements of {} bytes)",
        name, strides.batch, strides.token, strides.head, size);
  }
  return {};
}

constexpr double kMost = 1 << 30;  // twice this still fits an int

std::string size_refusal(const AttentionArgs& args) {
  if (args.batch < 1 || args.heads < 1 || args.queries < 1) {
    return fmt::format("attention: {} rows of {} heads with {} queries are not all positive",
                       args.batch, args.heads, args.queries);
  }
  const double work = static_cast<double>(args.batch) * static_cast<double>(args.heads) *
                      static_cast<double>(tiles_of(args.queries, kMatrixRows));
  if (!(work <= kMost && static_cast<double>(args.queries) <= kMost)) {
    return fmt::format(
        "attention: {} rows of {} heads with {} queries are more than one launch holds", args.batch,
        args.heads, args.queries);
  }
  if (args.head_size < 8 || args.head_size > kMaxAttentionHeadSize || args.head_size % 8 != 0) {
    return fmt::format("attention: head size {} is not a multiple of 8 from 8 to {}",
                       args.head_size, kMaxAttentionHeadSize);
  }
  const float factor = base2_factor(args.scale);
  if (!(factor > 0 && std::isfinite(factor)))
    return fmt::format("attention: scale {} is not a positive number", args.scale);
  if (args.segments < 1 || args.segments > kMaxAttentionSegments) {
    return fmt::format("attention: {} segments of keys are outside 1 to {}", args.segments,
                       kMaxAttentionSegments);
  }
  return {};
}

std::string segment_refusal(const AttentionArgs& args, const AttentionSegment& segment) {
  if (segment.rows < 1 || static_cast<double>(segment.rows) > kMost)
    return fmt::format("attention: a segment has {} keys", segment.rows);
  std::string refusal = tensor_refusal(args, "k", segment.k, segment.k_strides, segment.rows);
  if (refusal.empty())
    refusal = tensor_refusal(args, "v", segment.v, segment.v_strides, segment.rows);
  return refusal;
}

}  // namespace

std::string attention_source_refusal(const AttentionArgs& args) {
  std::string refusal = size_refusal(args);
  if (refusal.empty()) refusal = tensor_refusal(args, "q", args.q, args.q_strides, args.queries);
  for (int s = 0; s < args.segments && refusal.empty(); ++s)
    refusal = segment_refusal(args, args.segment[s]);
  return refusal;
}

std::string attention_refusal(const AttentionArgs& args) {
  std::string refusal = attention_source_refusal(args);
  if (refusal.empty())
    refusal = tensor_refusal(args, "dst", args.dst, args.dst_strides, args.queries);
  return refusal;
}

void check(const AttentionArgs& args) {
  const std::string refusal = attention_refusal(args);
  if (!refusal.empty()) fail(Code::invalid_argument, "{}", refusal);
}

}  // namespace latentrt::kernels
