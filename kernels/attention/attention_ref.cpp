#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/attention/attention.h"
#include "kernels/attention/attention_plan.h"
#include "kernels/common/element.h"

namespace latentrt::kernels {
namespace {

template <class T>
class Reference {
 public:
  explicit Reference(const AttentionArgs& args)
      : a_(args), weights_(static_cast<std::size_t>(keys_of(args))) {}

  void run() {
    for (std::int64_t batch = 0; batch < a_.batch; ++batch)
      for (std::int64_t head = 0; head < a_.heads; ++head)
        for (std::int64_t query = 0; query < a_.queries; ++query) attend(batch, head, query);
  }

 private:
  /// The vector of one head of one token.
  static const T* vector(const void* data, const AttentionStrides& strides, std::int64_t batch,
                         std::int64_t token, std::int64_t head) {
    return static_cast<const T*>(data) + batch * strides.batch + token * strides.token +
           head * strides.head;
  }

  /// Calls visit(index of the key, segment, its row there).
  template <class Visit>
  void each_key(Visit&& visit) const {
    std::size_t key = 0;
    for (int s = 0; s < a_.segments; ++s)
      for (std::int64_t row = 0; row < a_.segment[s].rows; ++row) visit(key++, a_.segment[s], row);
  }

  void attend(std::int64_t batch, std::int64_t head, std::int64_t query) {
    const T* const q = vector(a_.q, a_.q_strides, batch, query, head);
    double top = -INFINITY, sum = 0;
    each_key([&](std::size_t key, const AttentionSegment& segment, std::int64_t row) {
      const T* const k = vector(segment.k, segment.k_strides, batch, row, head);
      double product = 0;
      for (std::int64_t i = 0; i < a_.head_size; ++i)
        product += static_cast<double>(to_float(q[i])) * to_float(k[i]);
      weights_[key] = product * a_.scale;
      top = std::max(top, weights_[key]);
    });
    std::fill(result_, result_ + a_.head_size, 0.0);
    each_key([&](std::size_t key, const AttentionSegment& segment, std::int64_t row) {
      const T* const v = vector(segment.v, segment.v_strides, batch, row, head);
      const double weight = std::exp(weights_[key] - top);
      sum += weight;
      for (std::int64_t i = 0; i < a_.head_size; ++i) result_[i] += weight * to_float(v[i]);
    });
    T* const dst = const_cast<T*>(vector(a_.dst, a_.dst_strides, batch, query, head));
    for (std::int64_t i = 0; i < a_.head_size; ++i)
      dst[i] = from_float<T>(static_cast<float>(result_[i] / sum));
    if (a_.lse != nullptr) {
      a_.lse[(batch * a_.heads + head) * a_.queries + query] =
          static_cast<float>(top + std::log(sum));
    }
  }

  const AttentionArgs& a_;
  std::vector<double> weights_;  ///< of all keys; scores at first
  double result_[kMaxAttentionHeadSize] = {};
};

}  // namespace

void attention_ref(const AttentionArgs& args) {
  check(args);
  with_element(args.dtype, [&](auto element) { Reference<decltype(element)>(args).run(); });
}

}  // namespace latentrt::kernels
