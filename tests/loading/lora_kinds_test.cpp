/// Every kind of adapter compared with its formula, computed here element by element in double and
/// stored in the model's own file.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <latentrt/sampler.hpp>
#include <latentrt/tensor.hpp>
#include <random>

#include "support/expect_error.hpp"
#include "support/largest_difference.hpp"
#include "support/temp_dir.hpp"

namespace latentrt {
namespace {

namespace fs = std::filesystem;
using testing::largest_difference;
using testing::TempDir;
using Shape = std::vector<std::int64_t>;
using Index = std::int64_t;

const fs::path kModel = fs::path(LATENTRT_SOURCE_DIR) / "tests/golden/pipelines/sd1";
const std::string kMatrix = "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k";  // [8,16]
const std::string kKernel = "down_blocks.0.resnets.0.conv1";  // [8,8,3,3]
const std::string kNorm = "down_blocks.0.resnets.0.norm1";    // [8]

HostTensor drawn(const Shape& shape, unsigned seed) {
  std::mt19937 engine(seed);
  std::uniform_real_distribution<float> value(-0.8F, 0.8F);
  HostTensor tensor{shape, {}};
  Index count = 1;
  for (const Index extent : shape) count *= extent;
  for (Index i = 0; i < count; ++i) tensor.data.push_back(value(engine));
  return tensor;
}

HostTensor one(float value) { return {{}, {value}}; }

/// An element of a tensor by its indices.
double at(const HostTensor& tensor, const Shape& indices) {
  Index place = 0;
  for (std::size_t i = 0; i < indices.size(); ++i) place = place * tensor.shape[i] + indices[i];
  return tensor.data[static_cast<std::size_t>(place)];
}

std::vector<float> latents(const Pipeline& pipeline) {
  Request request;
  request.prompt = "a circle";
  request.width = request.height = 32;
  return Sampler(pipeline, {.steps = 2}).run(request).latents.data;
}

/// The change of element [o, i, k, l] (fewer indices for matrices and vectors).
using Delta = std::function<double(const Shape& indices)>;

Shape indices_of(std::size_t place, const Shape& shape) {
  Shape indices(shape.size());
  auto rest = static_cast<Index>(place);
  for (std::size_t i = shape.size(); i-- > 0; rest /= shape[i]) indices[i] = rest % shape[i];
  return indices;
}

class LoraKinds : public ::testing::Test {
 protected:
  Pipeline load(const fs::path& model) { return Pipeline::load(Context::create(), model); }

  /// The final latents of the model whose own tensors were changed by this.
  std::vector<float> latents_with(const std::map<std::string, Delta>& deltas) {
    const fs::path copy = folder_ / "model";
    fs::remove_all(copy);
    fs::copy(kModel, copy, fs::copy_options::recursive);
    const fs::path unet = copy / "unet/diffusion_pytorch_model.safetensors";
    TensorMap tensors = read_tensors(unet);
    for (const auto& [name, delta] : deltas) {
      HostTensor& tensor = tensors.at(name);
      for (std::size_t i = 0; i < tensor.data.size(); ++i)
        tensor.data[i] = static_cast<float>(tensor.data[i] + delta(indices_of(i, tensor.shape)));
    }
    write_tensors(unet, tensors);
    return latents(load(copy));
  }

  Lora adapter(const TensorMap& tensors, double scale = 1) {
    const fs::path file = folder_ / "adapter.safetensors";
    write_tensors(file, tensors);
    return {file, scale};
  }

  /// Merged at load time or added at run time, the adapter has the same effect as the changed model
  /// file.
  void expect_change(const Lora& lora, const std::map<std::string, Delta>& deltas) {
    const std::vector<float> right = latents_with(deltas);
    const Pipeline base = load(kModel);
    EXPECT_LT(largest_difference(latents(base.with_loras({lora})), right), 1e-4);
    PipelineOptions options;
    options.loras = {lora};
    EXPECT_LT(
        largest_difference(latents(Pipeline::load(Context::create(), kModel, options)), right),
        1e-4);
    EXPECT_GT(largest_difference(latents(base), right), 1e-3);
  }

  void expect_refused(std::string_view part, const TensorMap& tensors) {
    EXPECT_ERROR(Code::invalid_argument, part, load(kModel).with_loras({adapter(tensors)}));
  }

  TempDir folder_;
};

double dot(const HostTensor& a, const HostTensor& b, Index row, Index column) {
  double sum = 0;
  for (Index r = 0; r < a.shape[1]; ++r) sum += at(a, {row, r}) * at(b, {r, column});
  return sum;
}

TEST_F(LoraKinds, LohaOfAMatrix) {
  const HostTensor a1 = drawn({8, 2}, 1), b1 = drawn({2, 16}, 2), a2 = drawn({8, 2}, 3),
                   b2 = drawn({2, 16}, 4);
  const std::string module =
      "lora_unet_" + std::string("down_blocks_0_attentions_0_") + "transformer_blocks_0_attn2_to_k";
  const Lora lora = adapter({{module + ".hada_w1_a", a1},
                             {module + ".hada_w1_b", b1},
                             {module + ".hada_w2_a", a2},
                             {module + ".hada_w2_b", b2},
                             {module + ".alpha", one(3)}},
                            0.9);
  expect_change(lora, {{kMatrix + ".weight", [&](const Shape& i) {
                          return 0.9 * 1.5 * dot(a1, b1, i[0], i[1]) * dot(a2, b2, i[0], i[1]);
                        }}});
}

/// The sum over both ranks of a kernel between two matrices.
double cored(const HostTensor& core, const HostTensor& a, const HostTensor& b, const Shape& i) {
  double sum = 0;
  for (Index n = 0; n < core.shape[0]; ++n)
    for (Index m = 0; m < core.shape[1]; ++m)
      sum += at(core, {n, m, i[2], i[3]}) * at(a, {n, i[0]}) * at(b, {m, i[1]});
  return sum;
}

TEST_F(LoraKinds, LohaOfAKernelWithItsCores) {
  const HostTensor t1 = drawn({2, 2, 3, 3}, 1), a1 = drawn({2, 8}, 2), b1 = drawn({2, 8}, 3),
                   t2 = drawn({2, 2, 3, 3}, 4), a2 = drawn({2, 8}, 5), b2 = drawn({2, 8}, 6);
  const Lora lora = adapter({{kKernel + ".hada_t1", t1},
                             {kKernel + ".hada_w1_a", a1},
                             {kKernel + ".hada_w1_b", b1},
                             {kKernel + ".hada_t2", t2},
                             {kKernel + ".hada_w2_a", a2},
                             {kKernel + ".hada_w2_b", b2}});
  expect_change(lora, {{kKernel + ".weight", [&](const Shape& i) {
                          return cored(t1, a1, b1, i) * cored(t2, a2, b2, i);
                        }}});
}

TEST_F(LoraKinds, LokrOfTwoWholeMatricesIgnoresAlpha) {
  const HostTensor first = drawn({2, 4}, 1), second = drawn({4, 4}, 2);
  const Lora lora = adapter({{"unet." + kMatrix + ".lokr_w1", first},
                             {"unet." + kMatrix + ".lokr_w2", second},
                             {"unet." + kMatrix + ".alpha", one(64)}},
                            -0.7);
  expect_change(
      lora, {{kMatrix + ".weight", [&](const Shape& i) {
                return -0.7 * at(first, {i[0] / 4, i[1] / 4}) * at(second, {i[0] % 4, i[1] % 4});
              }}});
}

TEST_F(LoraKinds, LokrOfAKernelWithAFactoredSide) {
  const HostTensor first = drawn({2, 2}, 1), a = drawn({4, 3}, 2), b = drawn({3, 36}, 3);
  const Lora lora = adapter({{kKernel + ".lokr_w1", first},
                             {kKernel + ".lokr_w2_a", a},
                             {kKernel + ".lokr_w2_b", b},
                             {kKernel + ".alpha", one(1.5F)}});
  expect_change(lora,
                {{kKernel + ".weight", [&](const Shape& i) {
                    const Index column = (i[1] % 4) * 9 + i[2] * 3 + i[3];
                    return 0.5 * at(first, {i[0] / 4, i[1] / 4}) * dot(a, b, i[0] % 4, column);
                  }}});
}

TEST_F(LoraKinds, LokrOfAKernelWithACore) {
  const HostTensor a1 = drawn({2, 2}, 1), b1 = drawn({2, 2}, 2), core = drawn({2, 2, 3, 3}, 3),
                   a2 = drawn({2, 4}, 4), b2 = drawn({2, 4}, 5);
  const Lora lora = adapter({{kKernel + ".lokr_w1_a", a1},
                             {kKernel + ".lokr_w1_b", b1},
                             {kKernel + ".lokr_t2", core},
                             {kKernel + ".lokr_w2_a", a2},
                             {kKernel + ".lokr_w2_b", b2},
                             {kKernel + ".alpha", one(1)}});
  expect_change(lora, {{kKernel + ".weight", [&](const Shape& i) {
                          return 0.5 * dot(a1, b1, i[0] / 4, i[1] / 4) *
                                 cored(core, a2, b2, {i[0] % 4, i[1] % 4, i[2], i[3]});
                        }}});
}

TEST_F(LoraKinds, WholeDifferencesOfWeightsBiasesAndNorms) {
  const HostTensor kernel = drawn({8, 8, 3, 3}, 1), bias = drawn({8}, 2), norm = drawn({8}, 3),
                   norm_bias = drawn({8}, 4);
  const Lora lora = adapter({{kKernel + ".diff", kernel},
                             {kKernel + ".diff_b", bias},
                             {kNorm + ".w_norm", norm},
                             {kNorm + ".b_norm", norm_bias}},
                            0.3);
  const auto scaled = [](const HostTensor& tensor) {
    return [&tensor](const Shape& i) { return 0.3 * at(tensor, i); };
  };
  expect_change(lora, {{kKernel + ".weight", scaled(kernel)},
                       {kKernel + ".bias", scaled(bias)},
                       {kNorm + ".weight", scaled(norm)},
                       {kNorm + ".bias", scaled(norm_bias)}});
}

TEST_F(LoraKinds, BiasOfTheUpperFactor) {
  const HostTensor down = drawn({2, 8, 3, 3}, 1), up = drawn({8, 2, 1, 1}, 2), bias = drawn({8}, 3);
  const Lora lora = adapter({{kKernel + ".lora_A.weight", down},
                             {kKernel + ".lora_B.weight", up},
                             {kKernel + ".lora_B.bias", bias},
                             {kKernel + ".alpha", one(1)}},
                            0.8);
  expect_change(lora, {{kKernel + ".weight",
                        [&](const Shape& i) {
                          double sum = 0;
                          for (Index r = 0; r < 2; ++r)
                            sum += at(up, {i[0], r, 0, 0}) * at(down, {r, i[1], i[2], i[3]});
                          return 0.4 * sum;
                        }},
                       {kKernel + ".bias", [&](const Shape& i) { return 0.4 * at(bias, i); }}});
}

TEST_F(LoraKinds, ThatDoNotFitAreRefused) {
  const auto loha = [&](const Shape& a1, const Shape& b1) -> TensorMap {
    return {{kMatrix + ".hada_w1_a", drawn(a1, 1)},
            {kMatrix + ".hada_w1_b", drawn(b1, 2)},
            {kMatrix + ".hada_w2_a", drawn({8, 2}, 3)},
            {kMatrix + ".hada_w2_b", drawn({2, 16}, 4)}};
  };
  expect_refused("hada_w1_a\" [8,3]", loha({8, 3}, {2, 16}));
  expect_refused("do not fit tensor \"" + kMatrix + ".weight\" [8,16]", loha({9, 2}, {2, 16}));
  expect_refused("do not fit", loha({8, 0}, {0, 16}));
  const auto lokr = [&](const Shape& first, const Shape& second) -> TensorMap {
    return {{kMatrix + ".lokr_w1", drawn(first, 1)}, {kMatrix + ".lokr_w2", drawn(second, 2)}};
  };
  expect_refused("do not fit", lokr({2, 4}, {4, 5}));
  expect_refused("do not fit", lokr({3, 4}, {4, 4}));
  expect_refused("do not fit", lokr({8}, {1, 16}));
  expect_refused("do not fit", lokr({2, 4}, {4, 4, 3, 3}));
  expect_refused("do not fit", {{kMatrix + ".diff", drawn({16, 8}, 1)}});
  expect_refused("do not fit", {{kNorm + ".diff_b", drawn({9}, 1)}});
  expect_refused("do not fit", {{kNorm + ".lora_A.weight", drawn({1, 8}, 1)},
                                {kNorm + ".lora_B.weight", drawn({8, 1}, 2)}});
}

/// Sizes whose product exceeds 64 bits, in tensors without data.
TEST_F(LoraKinds, OfImpossibleSizesAreRefused) {
  const Index huge = Index{1} << 30;
  expect_refused("do not fit", {{kMatrix + ".lokr_w1", drawn({huge, huge, 0}, 1)},
                                {kMatrix + ".lokr_w2", drawn({huge, huge, 0}, 1)}});
  expect_refused("do not fit", {{kMatrix + ".lora_A.weight", drawn({huge, huge, 0}, 1)},
                                {kMatrix + ".lora_B.weight", drawn({huge, huge, 0}, 1)}});
}

TEST_F(LoraKinds, OfALayerWithoutBiasCannotChangeIt) {
  EXPECT_ERROR(Code::unsupported, "has no bias",
               load(kModel).with_loras({adapter({{kMatrix + ".diff_b", drawn({8}, 1)}})}));
}

}  // namespace
}  // namespace latentrt
