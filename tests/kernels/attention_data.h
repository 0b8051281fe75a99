#pragma once
/// The buffers of an attention case, filled with seeded values, for the tests and the benchmark.

#include <cmath>
#include <cstddef>
#include <limits>
#include <random>
#include <vector>

#include "kernels/attention/attention.h"
#include "kernels/common/element.h"
#include "tests/kernels/attention_cases.h"

namespace latentrt::kernels {

/// Buffers: q, dst, lse, then k and v of each segment. The memory between the vectors of a buffer
/// is NaN, so that reading it is noticed.
class AttentionData {
 public:
  enum Buffer { q, dst, lse, first_k };

  explicit AttentionData(const AttentionCase& test_case) : case_(test_case) {
    for (int b = 0; b < buffers(); ++b) {
      bytes_.emplace_back(b == lse ? sizeof(float) * static_cast<std::size_t>(rows())
                                   : element_size() * static_cast<std::size_t>(elements(b)));
      if (b == lse) continue;
      for (std::int64_t i = 0; i < elements(b); ++i) set(b, i, std::nan(""));
    }
    fill(q, 0, case_.spread);
    for (int s = 0; s < segments(); ++s) {
      fill(k(s), 0, 1);
      fill(v(s), case_.mean, 1);
    }
  }

  static int k(int segment) { return first_k + 2 * segment; }
  static int v(int segment) { return k(segment) + 1; }

  const AttentionCase& test_case() const { return case_; }
  int buffers() const { return k(segments()); }
  int segments() const { return static_cast<int>(case_.keys.size()); }
  std::int64_t rows() const { return case_.batch * case_.heads * case_.queries; }
  std::vector<std::byte>& bytes(int buffer) { return bytes_[static_cast<std::size_t>(buffer)]; }

  /// The arguments with base(buffer) as the address of each buffer's first byte.
  template <class Base>
  AttentionArgs args(Base&& base) const {
    const auto at = [&](int b) {
      return static_cast<void*>(base(b) + offset(b) * static_cast<std::int64_t>(element_size()));
    };
    AttentionArgs a;
    a.dtype = case_.dtype;
    a.q = at(q);
    a.dst = at(dst);
    if (case_.lse) a.lse = static_cast<float*>(static_cast<void*>(base(lse)));
    a.q_strides = strides(q);
    a.dst_strides = strides(dst);
    a.batch = case_.batch, a.heads = case_.heads, a.queries = case_.queries;
    a.head_size = case_.head_size;
    a.scale = 1 / std::sqrt(static_cast<double>(case_.head_size));
    a.segments = segments();
    for (int s = 0; s < segments(); ++s)
      a.segment[s] = {at(k(s)), at(v(s)), tokens(k(s)), strides(k(s)), strides(v(s))};
    return a;
  }
  AttentionArgs host_args() {
    return args([&](int b) { return bytes(b).data(); });
  }

  /// Offset of element i of a vector in its buffer.
  std::int64_t index(int b, std::int64_t batch, std::int64_t token, std::int64_t head,
                     std::int64_t i) const {
    const AttentionStrides s = strides(b);
    return offset(b) + batch * s.batch + token * s.token + head * s.head + i;
  }
  double get(int b, std::int64_t index) const {
    return with_element(case_.dtype, [&](auto element) -> double {
      return to_float(reinterpret_cast<const decltype(element)*>(
          bytes_[static_cast<std::size_t>(b)].data())[index]);
    });
  }
  /// One head's vector of a token.
  std::vector<double> vector(int b, std::int64_t batch, std::int64_t token,
                             std::int64_t head) const {
    std::vector<double> values(static_cast<std::size_t>(case_.head_size));
    with_element(case_.dtype, [&](auto element) {
      const auto* source =
          reinterpret_cast<const decltype(element)*>(bytes_[static_cast<std::size_t>(b)].data()) +
          index(b, batch, token, head, 0);
      for (double& value : values) value = to_float(*source++);
    });
    return values;
  }
  void set(int b, std::int64_t index, double value) {
    with_element(case_.dtype, [&](auto element) {
      using T = decltype(element);
      reinterpret_cast<T*>(bytes(b).data())[index] = from_float<T>(static_cast<float>(value));
    });
  }

  /// All of dst as [batch, heads, queries, size].
  std::vector<double> results() const {
    std::vector<double> values;
    for (std::int64_t row = 0; row < rows(); ++row) {
      const auto one = vector(dst, row / case_.queries / case_.heads, row % case_.queries,
                              row / case_.queries % case_.heads);
      values.insert(values.end(), one.begin(), one.end());
    }
    return values;
  }
  std::vector<float> log_sums() const {
    const auto* first =
        reinterpret_cast<const float*>(bytes_[static_cast<std::size_t>(lse)].data());
    return {first, first + (case_.lse ? rows() : 0)};
  }

  std::int64_t all_keys() const {
    std::int64_t keys = 0;
    for (const std::int64_t count : case_.keys) keys += count;
    return keys;
  }
  /// Operations of the two products, with a multiplication and an addition counted as two.
  double operations() const {
    return 4.0 * static_cast<double>(rows() * all_keys() * case_.head_size);
  }
  /// Bytes that any implementation must read and write.
  std::size_t traffic() const {
    const std::int64_t key_rows = keys_batch() * case_.heads * all_keys();
    return element_size() * static_cast<std::size_t>(2 * (rows() + key_rows) * case_.head_size);
  }

 private:
  std::size_t element_size() const {
    return with_element(case_.dtype, [](auto element) { return sizeof element; });
  }
  std::int64_t keys_batch() const {
    return case_.layout == AttentionLayout::shared_keys ? 1 : case_.batch;
  }
  std::int64_t tokens(int b) const {
    return b < first_k ? case_.queries : case_.keys[static_cast<std::size_t>((b - first_k) / 2)];
  }
  bool packed(int b) const { return case_.layout == AttentionLayout::packed && b != dst; }

  /// A packed buffer contains all three parts, of which it uses its own.
  std::int64_t offset(int b) const {
    if (!packed(b)) return 0;
    const int part = b == q ? 0 : 1 + (b - first_k) % 2;
    return part * case_.heads * case_.head_size;
  }
  AttentionStrides strides(int b) const {
    const std::int64_t size = case_.head_size, width = case_.heads * size * (packed(b) ? 3 : 1);
    if (case_.layout == AttentionLayout::heads_first)
      return {tokens(b) * case_.heads * size, size, tokens(b) * size};
    const bool shared = b >= first_k && case_.layout == AttentionLayout::shared_keys;
    return {shared ? 0 : tokens(b) * width, width, size};
  }
  std::int64_t elements(int b) const {
    return (b >= first_k ? keys_batch() : case_.batch) * tokens(b) * case_.heads * case_.head_size *
           (packed(b) ? 3 : 1);
  }

  void fill(int b, double mean, double deviation) {
    std::mt19937 random(static_cast<unsigned>(b) + 1);
    std::normal_distribution<double> normal;
    const bool equal = case_.equal_keys && b >= first_k && (b - first_k) % 2 == 0;
    for (std::int64_t batch = 0; batch < (b >= first_k ? keys_batch() : case_.batch); ++batch)
      for (std::int64_t token = 0; token < tokens(b); ++token)
        for (std::int64_t head = 0; head < case_.heads; ++head)
          for (std::int64_t i = 0; i < case_.head_size; ++i)
            set(b, index(b, batch, token, head, i),
                equal ? 0.25 * static_cast<double>(i % 5) : mean + deviation * normal(random));
  }

  AttentionCase case_;
  std::vector<std::vector<std::byte>> bytes_;
};

}  // namespace latentrt::kernels
