/// Stale values compared with a reference without bands: whole tensors, of this call and of the
/// previous one (T2).
#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/randn_like.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros_like.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "accel/patch_parallel/network.hpp"
#include "comm/loopback.hpp"
#include "nn/passes/fuse.hpp"
#include "support/each_call_ops.hpp"
#include "support/patience.hpp"
#include "support/tiny_unet.hpp"

namespace latentrt::accel {
namespace {

using nn::NamedTensors;

constexpr std::int64_t kHeight = 16, kWidth = 12;

/// For every patch it assembles the values that this patch reads, computes the node for the whole
/// picture, and keeps the patch's rows of the result.
class Oracle final : public testing::EachCallOps {
 public:
  Oracle(nn::ValueId sample, std::vector<std::int64_t> heights, PatchOptions options)
      : sample_(sample), heights_(std::move(heights)), options_(options) {}

  void begin_call() { ++call_; }

  at::Tensor compute(const nn::OpCall& call) const override {
    if (const auto* norm = std::get_if<nn::GroupNorm>(&call.node.op)) return norm_of(*norm, call);
    if (std::holds_alternative<nn::Attention>(call.node.op)) return attention_of(call);
    const auto* conv = std::get_if<nn::Conv2d>(&call.node.op);
    if (conv && conv->kernel > 1 && call.node.srcs[0] != sample_) return conv_of(call);
    return local_.run(call);
  }

 private:
  bool fresh() const {
    const int stale_call = call_ - options_.warm_up;
    return options_.warm_up < 0 || stale_call <= 0 ||
           (options_.resync > 0 && stale_call % options_.resync == 0);
  }

  /// [begin, end) of patch i along a dimension with this many entries.
  Rows patch(std::size_t i, std::int64_t extent) const {
    std::int64_t begin = 0;
    for (std::size_t j = 0; j < i; ++j) begin += heights_[j];
    return {begin * extent / kHeight, (begin + heights_[i]) * extent / kHeight};
  }

  /// Returns the tensor of the previous call, and stores this one for the next call.
  at::Tensor before(const std::string& key, const at::Tensor& now) const {
    const auto [place, first] = before_.try_emplace(key, now);
    return std::exchange(place->second, now);
  }

  static at::Tensor mixed(const at::Tensor& old, const at::Tensor& now, int dim, Rows own) {
    at::Tensor seen = old.clone();
    seen.narrow(dim, own.begin, own.count()).copy_(now.narrow(dim, own.begin, own.count()));
    return seen;
  }

  at::Tensor conv_of(const nn::OpCall& call) const {
    const at::Tensor& x = call.src(0);
    const at::Tensor old = fresh() ? (before(call.node.name, x), x) : before(call.node.name, x);
    std::vector<at::Tensor> bands;
    for (std::size_t i = 0; i < heights_.size(); ++i) {
      std::vector<at::Tensor> srcs(call.srcs.begin(), call.srcs.end());
      srcs[0] = mixed(old, x, 2, patch(i, x.size(2)));
      const at::Tensor y = local_.run({call.node, srcs, call.weights});
      const Rows own = patch(i, y.size(2));
      bands.push_back(y.narrow(2, own.begin, own.count()));
    }
    return at::cat(bands, 2);
  }

  at::Tensor attention_of(const nn::OpCall& call) const {
    const at::Tensor kv = at::stack({call.src(1), call.src(2)});
    const at::Tensor old = fresh() ? (before(call.node.name, kv), kv) : before(call.node.name, kv);
    const std::int64_t tokens = kv.size(2), height = kHeight / 2, row = tokens / height;
    std::vector<at::Tensor> bands;
    for (std::size_t i = 0; i < heights_.size(); ++i) {
      const Rows own = patch(i, tokens);
      const at::Tensor seen = mixed(old, kv, 2, own);
      std::int64_t beyond = tokens;
      if (!fresh() && options_.context == 0) beyond = 0;
      if (!fresh() && options_.context > 0 && options_.context < 100) {
        const double rows = options_.context * static_cast<double>(own.count() / row);
        beyond = std::max(1L, std::lrint(rows)) * row;
      }
      const std::int64_t begin = std::max<std::int64_t>(own.begin - beyond, 0);
      const std::int64_t end = std::min(own.end + beyond, tokens);
      const std::array srcs{call.src(0).narrow(1, own.begin, own.count()),
                            seen[0].narrow(1, begin, end - begin),
                            seen[1].narrow(1, begin, end - begin)};
      bands.push_back(local_.run({call.node, srcs, call.weights}));
    }
    return at::cat(bands, 1);
  }

  /// Mean and mean of squares of patch i: [2, N, groups].
  at::Tensor sums(const at::Tensor& x, int groups, std::size_t i) const {
    const Rows own = patch(i, x.size(2));
    const at::Tensor wide = x.narrow(2, own.begin, own.count())
                                .to(at::kDouble)
                                .unflatten(1, {groups, x.size(1) / groups})
                                .flatten(2);
    return at::stack({wide.mean(2), wide.square().mean(2)});
  }

  at::Tensor norm_of(const nn::GroupNorm& op, const nn::OpCall& call) const {
    at::Tensor x = call.src(0);
    if (call.srcs.size() > 1) x = x + call.src(1).unsqueeze(-1).unsqueeze(-1);
    std::vector<at::Tensor> now, old, bands;
    for (std::size_t i = 0; i < heights_.size(); ++i) {
      now.push_back(sums(x, op.groups, i));
      const at::Tensor last = before(call.node.name + std::to_string(i), now.back());
      old.push_back(fresh() || options_.moments == Moments::sync ? now.back() : last);
    }
    for (std::size_t i = 0; i < heights_.size(); ++i) {
      at::Tensor all = at::zeros_like(now[0]);
      for (std::size_t j = 0; j < heights_.size(); ++j) {
        const at::Tensor& seen = j == i && options_.moments == Moments::stale ? now[j] : old[j];
        all += seen * static_cast<double>(heights_[j]) / static_cast<double>(kHeight);
      }
      if (options_.moments == Moments::corrected) all += now[i] - old[i];
      if (options_.moments == Moments::separate && !fresh()) all = now[i];
      at::Tensor variance = all[1] - all[0].square();
      variance = at::where(variance < 0, now[i][1] - now[i][0].square(), variance);
      const Rows own = patch(i, x.size(2));
      const at::Tensor band = x.narrow(2, own.begin, own.count()).to(at::kDouble);
      const at::Tensor y = ((band.unflatten(1, {op.groups, x.size(1) / op.groups}) -
                             all[0].unsqueeze(-1).unsqueeze(-1).unsqueeze(-1)) /
                            (variance + op.eps).sqrt().unsqueeze(-1).unsqueeze(-1).unsqueeze(-1))
                               .flatten(1, 2);
      bands.push_back((y * call.weight(0).view({-1, 1, 1}) + call.weight(1).view({-1, 1, 1}))
                          .to(x.scalar_type()));
    }
    at::Tensor y = at::cat(bands, 2);
    return op.silu ? at::silu(y) : y;
  }

  const nn::LocalOps local_;
  const nn::ValueId sample_;
  const std::vector<std::int64_t> heights_;
  const PatchOptions options_;
  int call_ = -1;
  mutable std::map<std::string, at::Tensor> before_;
};

void expect_oracle(const std::vector<std::int64_t>& heights, const PatchOptions& options) {
  nn::Network network = testing::tiny_denoiser();
  network.program = std::make_shared<const nn::Program>(nn::fuse(*network.program));
  network.weights =
      std::make_shared<const nn::BoundWeights>(nn::random_weights(*network.program, 1, {}));
  std::vector<NamedTensors> calls;
  at::manual_seed(9);
  // As in a run, a sample is similar to the one before: with moments of a very different sample,
  // corrected variances would be close to zero, and dividing by them would amplify every rounding
  // error.
  const at::Tensor sample = at::randn({2, 4, kHeight, kWidth});
  const at::Tensor text = at::randn({2, 5, testing::kTinyContext});
  for (int i = 0; i < 7; ++i) {
    calls.push_back({{"sample", sample + 0.2 * at::randn_like(sample)},
                     {"encoder_hidden_states", text},
                     {"timestep", at::full({2}, 900.0 - 100 * i)}});
  }
  Oracle oracle(network.program->value("sample"), heights, options);
  std::vector<at::Tensor> wanted;
  for (const NamedTensors& call : calls) {
    oracle.begin_call();
    wanted.push_back(nn::run(*network.program, *network.weights, oracle, call).at("out"));
  }
  const int count = static_cast<int>(heights.size());
  comm::run_loopback(count, testing::kPatience, [&](comm::Communicator& ranks) {
    PatchedNetwork patches(network.ops, ranks, Bands::of(heights, 2), options);
    for (std::size_t i = 0; i < calls.size(); ++i) {
      const at::Tensor out = patches.run(*network.program, *network.weights, calls[i]).at("out");
      const double error = ((out - wanted[i]).abs().max() / wanted[i].abs().max()).item<double>();
      EXPECT_LE(error, 1e-5) << "rank " << ranks.rank() << " call " << i;
    }
  });
}

TEST(PatchOracle, IsMetOnEveryCallInEveryMode) {
  for (const Moments moments :
       {Moments::corrected, Moments::stale, Moments::sync, Moments::separate}) {
    for (const int warm_up : {0, 1, 4}) {
      SCOPED_TRACE(static_cast<int>(moments) * 10 + warm_up);
      expect_oracle({4, 4, 4, 4}, {.warm_up = warm_up, .moments = moments});
    }
  }
}

TEST(PatchOracle, IsMetWhereCallsAreFreshAgain) {
  for (const int resync : {1, 2, 3}) {
    SCOPED_TRACE(resync);
    expect_oracle({4, 4, 4, 4}, {.warm_up = 1, .resync = resync});
    expect_oracle({4, 4, 4, 4}, {.warm_up = 0, .resync = resync, .context = 0.3});
  }
}

TEST(PatchOracle, IsMetWithLessContext) {
  for (const double context : {0.0, 0.3, 1.0, 1.5}) {
    SCOPED_TRACE(context);
    expect_oracle({4, 4, 4, 4}, {.warm_up = 1, .context = context});
  }
}

TEST(PatchOracle, IsMetOnUnevenBands) {
  expect_oracle({2, 8, 6}, {.warm_up = 1});
  expect_oracle({2, 8, 6}, {.warm_up = 1, .context = 0.5});
}

}  // namespace
}  // namespace latentrt::accel
