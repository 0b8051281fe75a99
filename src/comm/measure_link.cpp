#include "comm/measure_link.hpp"

#include <ATen/ops/empty_like.h>
#include <ATen/ops/full.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/ones_like.h>

#include <algorithm>
#include <utility>

#include "base/median.hpp"
#include "base/stopwatch.hpp"

namespace latentrt::comm {
namespace {

constexpr std::int64_t kSmallBytes = 8, kLargeBytes = 4 << 20;
constexpr int kSmallMessages = 200;  // one is too short to be timed
constexpr std::int64_t kMatrixSide = 256;
// how much longer the computation takes than the message during it
constexpr double kWorkFactor = 4;

/// The median of some runs, after two that are not counted.
double median_seconds(int runs, const std::function<void()>& work) {
  std::vector<double> seconds;
  for (int i = -2; i < runs; ++i) {
    Stopwatch watch;
    work();
    if (i >= 0) seconds.push_back(watch.lap());
  }
  return median(std::move(seconds));
}

/// One message in each direction.
class Swap {
 public:
  Swap(Communicator& ranks, int peer, std::int64_t bytes, at::Device device)
      : ranks_(ranks),
        sends_{{peer, at::ones({bytes}, at::TensorOptions(device).dtype(at::kByte))}},
        receives_{{peer, at::ones_like(sends_[0].tensor)}} {}

  std::unique_ptr<Pending> begin() { return ranks_.begin(sends_, receives_, Traffic::gather); }
  void operator()() { begin()->wait(); }

 private:
  Communicator& ranks_;
  const Messages sends_, receives_;
};

/// Matrix products.
class Work {
 public:
  Work(at::Device device, const std::function<void()>& finish)
      : matrix_(at::full({kMatrixSide, kMatrixSide}, 0.5, device)), finish_(finish) {}

  void operator()(std::int64_t products) const {
    for (std::int64_t i = 0; i < products; ++i) matrix_.matmul(matrix_);
    finish_();
  }

 private:
  const at::Tensor matrix_;
  const std::function<void()>& finish_;
};

/// How many products take about this long on the slower one of the pair.
std::int64_t products_in(double seconds, const Work& work, Communicator& ranks, int peer) {
  const double one = median_seconds(10, [&] { work(1); });
  const at::Tensor own = at::full({1}, static_cast<std::int64_t>(seconds / one) + 1, at::kLong);
  const at::Tensor other = at::empty_like(own);
  ranks.exchange({{peer, own}}, {{peer, other}}, Traffic::gather);
  return std::min(own.item<std::int64_t>(), other.item<std::int64_t>());
}

}  // namespace

Link measure_link(Communicator& ranks, at::Device device, const std::function<void()>& finish,
                  int runs) {
  const int peer = ranks.rank() ^ 1;
  if (peer >= ranks.size()) return {};
  Swap small(ranks, peer, kSmallBytes, device), large(ranks, peer, kLargeBytes, device);
  const double small_s = median_seconds(runs,
                                        [&] {
                                          for (int i = 0; i < kSmallMessages; ++i) small();
                                        }) /
                         kSmallMessages;
  const double large_s = median_seconds(runs, [&] { large(); });
  const Work work(device, finish);
  const std::int64_t products = products_in(kWorkFactor * large_s, work, ranks, peer);
  const double alone_s = median_seconds(runs, [&] {
    small();
    work(products);
    small();
  });
  const double beside_s = median_seconds(runs, [&] {
    small();
    const auto pending = large.begin();
    work(products);
    pending->wait();
  });
  constexpr double kShortest = 1e-9;
  return {.alpha_s = small_s,
          .beta_bytes_per_s = kLargeBytes / std::max(large_s - small_s, kShortest),
          .kappa = std::clamp((beside_s - alone_s) / large_s, 0.0, 1.0)};
}

}  // namespace latentrt::comm
