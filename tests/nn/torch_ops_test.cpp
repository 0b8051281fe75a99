/// Every kind of operation: the results of each set of operations compared with plain LibTorch in
/// fp64.
#include "nn/ops/torch_ops.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/softmax.h>
#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <memory>
#include <set>
#include <tuple>

#include "nn/ops/local_ops.hpp"
#include "support/expect_error.hpp"

namespace latentrt::nn {
namespace {

/// A single node, with its sources and weights.
struct OpCase {
  std::string name;
  Op op;
  std::vector<at::Tensor> srcs, weights;
  at::ScalarType type = at::kDouble;

  at::Tensor run(const OpSet& ops) const {
    Node node{.name = name, .op = op, .srcs = {}, .weights = {}};
    std::vector<PlacedWeight> placed;
    for (const at::Tensor& weight : weights) {
      node.weights.push_back(static_cast<WeightId>(placed.size()));
      placed.push_back({.tensor = weight});
    }
    return ops.run({node, srcs, BoundWeights(placed, {.element = type})});
  }

  /// Applies a function to every floating-point tensor.
  OpCase with(at::ScalarType to, const std::function<at::Tensor(const at::Tensor&)>& change) const {
    OpCase changed = *this;
    changed.type = to;
    for (auto* tensors : {&changed.srcs, &changed.weights})
      for (at::Tensor& tensor : *tensors)
        if (tensor.is_floating_point()) tensor = change(tensor);
    return changed;
  }
  OpCase in(at::ScalarType to) const {
    return with(to, [to](const at::Tensor& tensor) { return tensor.to(to); });
  }
  OpCase channels_last() const {
    return with(type, [](const at::Tensor& tensor) {
      return tensor.dim() == 4 ? tensor.contiguous(at::MemoryFormat::ChannelsLast) : tensor;
    });
  }
};

at::Tensor values(at::IntArrayRef shape) { return at::randn(shape, at::kDouble); }
at::Tensor ids(std::int64_t count, at::IntArrayRef shape) {
  return at::randint(count, shape, at::kLong);
}

std::vector<OpCase> convolutions() {
  const at::Tensor x = values({2, 5, 7, 9}), kernel = values({6, 5, 3, 3}) / 7, bias = values({6});
  const Conv2d uneven{.stride = 2, .pad_begin = 0}, one{.pad_begin = 0, .pad_end = 0, .kernel = 1};
  return {{"convolution", Conv2d{}, {x}, {kernel, bias}},
          {"and a sum", Conv2d{}, {x, values({2, 6, 7, 9})}, {kernel, bias}},
          {"unevenly padded", uneven, {x}, {kernel, bias}},
          {"of pixels, without a bias", one, {x}, {values({6, 5, 1, 1})}}};
}

std::vector<OpCase> linear_maps() {
  const at::Tensor x = values({2, 7, 5}), matrix = values({6, 5}) / 2, bias = values({6});
  return {{"map", Linear{}, {x}, {matrix, bias}},
          {"and a sum", Linear{}, {x, values({2, 7, 6})}, {matrix, bias}},
          {"without a bias", Linear{}, {values({3, 5})}, {matrix}}};
}

std::vector<OpCase> norms() {
  const at::Tensor x = values({2, 8, 5, 3}), scale = values({8}), shift = values({8});
  const GroupNorm plain{.groups = 4}, silu{.groups = 4, .silu = true};
  return {{"group norm", plain, {x}, {scale, shift}},
          {"after a shift, with silu", silu, {x, values({2, 8})}, {scale, shift}},
          {"after one shift for all rows", silu, {x, values({1, 8})}, {scale, shift}},
          {"of rows", plain, {values({2, 8, 11})}, {scale, shift}},
          {"layer norm", LayerNorm{}, {values({2, 7, 8})}, {scale, shift}},
          {"rms norm", RmsNorm{}, {values({2, 7, 8})}, {scale}},
          {"rms norm of heads", RmsNorm{}, {values({2, 7, 24})}, {scale}}};
}

std::vector<OpCase> pointwise() {
  const at::Tensor x = values({2, 6, 5, 3}), tokens = values({2, 7, 10});
  std::vector<OpCase> cases{{"geglu", Geglu{}, {tokens}, {}},
                            {"add", Add{}, {x, values({2, 6, 5, 3})}, {}},
                            {"multiply", Multiply{}, {x, values({2, 6, 5, 3})}, {}},
                            {"add channels", AddChannels{}, {x, values({2, 6})}, {}},
                            {"scale, shift, silu", ScaleShiftSilu{}, {x, values({2, 12})}, {}},
                            {"affine", Affine{.scale = 0.5, .offset = -3}, {x}, {}},
                            {"concat", Concat{}, {x, values({2, 3, 5, 3})}, {}},
                            {"concat of vectors", Concat{}, {values({2, 3}), values({2, 4})}, {}},
                            {"slice", Slice{.begin = 3, .length = 4}, {tokens}, {}}};
  for (const auto kind : {ActivationKind::silu, ActivationKind::gelu, ActivationKind::quick_gelu,
                          ActivationKind::relu, ActivationKind::tanh})
    cases.push_back(
        {"activation " + std::to_string(static_cast<int>(kind)), Activation{kind}, {x}, {}});
  return cases;
}

std::vector<OpCase> tokens_and_pixels() {
  const at::Tensor x = values({2, 6, 5, 3}), q = values({2, 11, 12}), k = values({2, 5, 12}),
                   many = values({2, 130, 80}), few = values({2, 77, 80}), one = values({2, 11, 4}),
                   mask = at::arange(22, at::kLong).view({2, 11}).remainder(3).ne(0).to(at::kLong);
  return {{"attention", Attention{.heads = 3}, {q, values({2, 11, 12}), values({2, 11, 12})}, {}},
          {"causal attention", Attention{.heads = 2, .causal = true}, {q, q, q}, {}},
          {"attention to some", Attention{.heads = 2}, {q, q, q, mask}, {}},
          {"heads that share keys", Attention{.heads = 3}, {q, one, values({2, 11, 4})}, {}},
          {"attention to a prompt", CrossAttention{.heads = 3}, {q, k, values({2, 5, 12})}, {}},
          {"of many queries", CrossAttention{.heads = 2}, {many, few, values({2, 77, 80})}, {}},
          {"to tokens", ToTokens{}, {x}, {}},
          {"to image", ToImage{}, {values({2, 15, 4}), x}, {}},
          {"upsample", Upsample{}, {x}, {}},
          {"to an odd size", Upsample{}, {x, values({2, 1, 9, 5})}, {}},
          {"to four times the size", Upsample{}, {x, values({2, 1, 20, 12})}, {}},
          {"average pool", AveragePool{}, {values({2, 6, 8, 5})}, {}}};
}

std::vector<OpCase> lookups() {
  const at::Tensor times = values({3}) * 8, sizes = values({2, 6}) * 8;
  return {{"sinusoid", Sinusoid{.dim = 8}, {times}, {}},
          {"of several values, odd", Sinusoid{.dim = 7, .cosine_first = false}, {sizes}, {}},
          {"shifted", Sinusoid{.dim = 8, .shift = 1}, {times}, {}},
          {"embedding", Embedding{}, {ids(11, {2, 7})}, {values({11, 6})}},
          {"nearest code", NearestCode{}, {values({2, 3, 5, 7})}, {values({11, 3})}},
          {"positions", AddPositions{}, {values({2, 7, 6})}, {values({9, 6})}},
          {"select token", SelectToken{}, {values({2, 7, 6}), ids(7, {2})}, {}},
          {"gather tokens", GatherTokens{}, {values({2, 7, 6}), ids(7, {2, 3})}, {}},
          {"rotary embedding",
           RotaryEmbedding{.head_size = 6, .theta = 100},
           {values({2, 7, 12}), ids(50, {2, 7})},
           {}}};
}

std::vector<OpCase> op_cases() {
  at::manual_seed(7);
  std::vector<OpCase> cases;
  for (const auto& group :
       {convolutions(), linear_maps(), norms(), pointwise(), tokens_and_pixels(), lookups()})
    cases.insert(cases.end(), group.begin(), group.end());
  return cases;
}

struct Set {
  const char* name;
  std::shared_ptr<const OpSet> ops;
};

class OpSets : public ::testing::TestWithParam<std::tuple<Set, at::ScalarType>> {
 protected:
  const OpSet& ops() const { return *std::get<Set>(GetParam()).ops; }
  at::ScalarType type() const { return std::get<at::ScalarType>(GetParam()); }
  /// Relative to the largest element of a result.
  double tolerance() const {
    return type() == at::kDouble ? 0x1p-45 : type() == at::kFloat ? 0x1p-17 : 0x1p-6;
  }
  void expect_exact(const OpCase& c) const {
    const at::Tensor wanted = c.in(at::kDouble).run(TorchOps()), result = c.run(ops());
    ASSERT_EQ(result.sizes(), wanted.sizes());
    EXPECT_EQ(result.scalar_type(), type());
    const double worst = (result - wanted).abs().max().item<double>();
    EXPECT_LE(worst, tolerance() * wanted.abs().max().item<double>());
  }
};

TEST_P(OpSets, ComputeWhatTorchOpsComputeInDouble) {
  for (const OpCase& c : op_cases()) {
    SCOPED_TRACE(c.name);
    expect_exact(c.in(type()));
    expect_exact(c.in(type()).channels_last());
  }
}

INSTANTIATE_TEST_SUITE_P(
    Each, OpSets,
    ::testing::Combine(::testing::Values(Set{"LocalOps", std::make_shared<const LocalOps>()},
                                         Set{"TorchOps", std::make_shared<const TorchOps>()}),
                       ::testing::Values(at::kDouble, at::kFloat, at::kBFloat16)),
    [](const auto& test) {
      return std::string(std::get<Set>(test.param).name) +
             c10::toString(std::get<at::ScalarType>(test.param));
    });

TEST(OpCases, AreOfEveryKind) {
  std::set<std::size_t> kinds;
  for (const OpCase& c : op_cases()) kinds.insert(c.op.index());
  EXPECT_EQ(kinds.size(), std::variant_size_v<Op>);
}

/// softmax(q k^T / sqrt(C/heads)) v, head by head.
at::Tensor written_out(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                       std::int64_t heads, bool causal) {
  std::vector<at::Tensor> results;
  const std::int64_t size = q.size(2) / heads;
  for (std::int64_t head = 0; head < heads; ++head) {
    const auto part = [&](const at::Tensor& x) { return x.narrow(2, head * size, size); };
    at::Tensor scores =
        at::matmul(part(q), part(k).transpose(1, 2)) / std::sqrt(static_cast<double>(size));
    if (causal) {
      const at::Tensor later = at::ones({q.size(1), k.size(1)}, at::kBool).triu(1);
      scores = scores.masked_fill(later, -std::numeric_limits<double>::infinity());
    }
    results.push_back(at::matmul(at::softmax(scores, -1), part(v)));
  }
  return at::cat(results, 2);
}

TEST(TorchOps, AttentionIsItsFormula) {
  at::manual_seed(3);
  const at::Tensor q = values({2, 11, 12}), k = values({2, 11, 12}), v = values({2, 11, 12});
  for (const bool causal : {false, true}) {
    const OpCase c{"attention", Attention{.heads = 3, .causal = causal}, {q, k, v}, {}};
    EXPECT_LE((c.run(TorchOps()) - written_out(q, k, v, 3, causal)).abs().max().item<double>(),
              0x1p-45);
  }
}

/// A masked key has no weight; heads of queries read the keys of the head that they share.
TEST(TorchOps, AttentionToSomeKeysIsThatWithoutTheOthers) {
  at::manual_seed(3);
  const at::Tensor q = values({1, 5, 12}), k = values({1, 11, 6}), v = values({1, 11, 6});
  const at::Tensor mask = at::ones({1, 11}, at::kLong);
  mask.narrow(1, 0, 4).zero_();
  const auto twice = [](const at::Tensor& x) {
    return x.unflatten(2, {2, 3}).repeat_interleave(2, 2).flatten(2);
  };
  const auto kept = [](const at::Tensor& x) { return x.narrow(1, 4, 7); };
  const OpCase c{"attention", Attention{.heads = 4}, {q, k, v, mask}, {}};
  const at::Tensor wanted = written_out(q, kept(twice(k)), kept(twice(v)), 4, false);
  EXPECT_LE((c.run(TorchOps()) - wanted).abs().max().item<double>(), 0x1p-45);
}

/// Scores depend on the distance of two positions only.
TEST(TorchOps, RotationsAreRelative) {
  at::manual_seed(3);
  const at::Tensor x = values({1, 4, 8}), y = values({1, 4, 8});
  const auto score = [&](std::int64_t from) {
    const at::Tensor at_x = at::arange(4, at::kLong).unsqueeze(0) + from;
    const OpCase of_x{"x", RotaryEmbedding{.head_size = 8}, {x, at_x}, {}};
    const OpCase of_y{"y", RotaryEmbedding{.head_size = 8}, {y, at_x + 3}, {}};
    return (of_x.run(TorchOps()) * of_y.run(TorchOps())).sum(-1);
  };
  EXPECT_LE((score(0) - score(1000)).abs().max().item<double>(), 0x1p-38);
  EXPECT_GT((score(0) - (x * y).sum(-1)).abs().max().item<double>(), 0.01);
}

/// The result does not depend on the number of pixels that are compared with the codes at once.
TEST(TorchOps, NearestCodesAreTheNearest) {
  at::manual_seed(5);
  const at::Tensor z = values({2, 3, 50, 43}), codebook = values({17, 3});
  ASSERT_GT(z.size(0) * z.size(2) * z.size(3), NearestCode::kPixelsAtOnce);
  const at::Tensor codes =
      OpCase{"codes", NearestCode{}, {z}, {codebook}}.run(TorchOps()).permute({0, 2, 3, 1});
  const at::Tensor pixels = z.permute({0, 2, 3, 1}).unsqueeze(3);
  const at::Tensor nearest = (pixels - codebook).square().sum(-1).argmin(-1);
  EXPECT_LE((codes - codebook.index({nearest})).abs().max().item<double>(), 0x1p-45);
}

/// The choice of a code has no gradient: the gradient of the result is passed to the source.
TEST(TorchOps, NearestCodesPassGradientsOn) {
  at::manual_seed(5);
  const at::Tensor z = values({2, 3, 4, 5}).requires_grad_(true), slope = values({2, 3, 4, 5});
  (OpCase{"codes", NearestCode{}, {z}, {values({7, 3})}}.run(TorchOps()) * slope).sum().backward();
  EXPECT_TRUE(z.grad().equal(slope));
}

/// Our kernels and oneDNN's have no gradients, for all kinds.
TEST(LocalOps, RefuseTensorsThatRequireGrad) {
  for (const OpCase& c : op_cases()) {
    SCOPED_TRACE(c.name);
    const auto leaf = [](const at::Tensor& x) { return x.detach().requires_grad_(true); };
    OpCase of_source = c, of_weight = c;
    if (c.srcs[0].is_floating_point()) {
      of_source.srcs[0] = leaf(c.srcs[0]);
      EXPECT_ERROR(Code::invalid_argument, c.name + ": a source requires grad",
                   of_source.run(LocalOps()));
    }
    if (!c.weights.empty()) {
      of_weight.weights.back() = leaf(c.weights.back());
      EXPECT_ERROR(Code::invalid_argument, c.name + ": a weight requires grad",
                   of_weight.run(LocalOps()));
      EXPECT_ERROR(Code::invalid_argument, "run the network with TorchOps",
                   of_weight.run(LocalOps()));
    }
    EXPECT_NO_THROW(c.run(LocalOps()));
    {
      const at::NoGradGuard no_gradients;
      EXPECT_NO_THROW(of_source.run(LocalOps()));
      EXPECT_NO_THROW(of_weight.run(LocalOps()));
    }
    const c10::InferenceMode no_gradients;
    EXPECT_NO_THROW(of_weight.run(LocalOps()));
  }
}

}  // namespace
}  // namespace latentrt::nn
