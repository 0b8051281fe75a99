/// The estimated memory of a run of a language model, and what its tensors take.
#include <gtest/gtest.h>

#include <cmath>
#include <latentrt/tensor.hpp>
#include <latentrt/text.hpp>
#include <nlohmann/json.hpp>

#include "support/counted_memory.hpp"
#include "support/expect_error.hpp"
#include "support/temp_dir.hpp"

namespace latentrt {
namespace {

constexpr std::int64_t kVocabulary = 3000, kWidth = 64, kInner = 160, kLayers = 2;

HostTensor values(std::vector<std::int64_t> shape) {
  std::int64_t count = 1;
  for (const std::int64_t extent : shape) count *= extent;
  std::vector<float> data(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < data.size(); ++i)
    data[i] = static_cast<float>(std::sin(1.7 * static_cast<double>(i)));
  return {std::move(shape), std::move(data)};
}

/// A model of the kind of LLaDA whose vocabulary is large next to its layers.
void write_model(const testing::TempDir& folder) {
  const nlohmann::json config = {{"model_type", "llada"},
                                 {"d_model", kWidth},
                                 {"n_layers", kLayers},
                                 {"n_heads", 4},
                                 {"n_kv_heads", 2},
                                 {"mlp_hidden_size", kInner},
                                 {"vocab_size", kVocabulary},
                                 {"weight_tying", false},
                                 {"max_sequence_length", 1024},
                                 {"mask_token_id", 5},
                                 {"eos_token_id", 6}};
  folder.write("config.json", config.dump());
  TensorMap tensors{{"model.transformer.wte.weight", values({kVocabulary, kWidth})},
                    {"model.transformer.ln_f.weight", values({kWidth})},
                    {"model.transformer.ff_out.weight", values({kVocabulary, kWidth})}};
  for (std::int64_t i = 0; i < kLayers; ++i) {
    const auto add = [&](const char* name, std::vector<std::int64_t> shape) {
      tensors["model.transformer.blocks." + std::to_string(i) + "." + name + ".weight"] =
          values(std::move(shape));
    };
    add("attn_norm", {kWidth});
    add("ff_norm", {kWidth});
    add("q_proj", {kWidth, kWidth});
    add("k_proj", {kWidth / 2, kWidth});
    add("v_proj", {kWidth / 2, kWidth});
    add("attn_out", {kWidth, kWidth});
    add("ff_proj", {kInner, kWidth});
    add("up_proj", {kInner, kWidth});
    add("ff_out", {kWidth, kInner});
  }
  write_tensors(folder / "model.safetensors", tensors);
}

TextOptions usual() { return {.gen_length = 64, .block_length = 32, .steps = 4}; }

TextRequest prompts_of(const std::vector<std::size_t>& lengths) {
  TextRequest request;
  for (const std::size_t length : lengths) request.prompts.emplace_back(length, 9);
  return request;
}

class TextMemory : public ::testing::Test {
 protected:
  TextMemory() { write_model(folder_); }

  TextModel model(DType dtype = DType::fp32, bool structure_only = false) const {
    return TextModel::load(Context::create({.threads = 1}), folder_.path(),
                           {.dtype = dtype, .structure_only = structure_only});
  }
  /// The estimate over what the tensors of a run take at once.
  double ratio(const TextOptions& options, const TextRequest& request,
               DType dtype = DType::fp32) const {
    const TextModel of = model(dtype);
    TextSampler sampler(of, options);
    sampler.run(request);
    const testing::CountedMemory counted;
    sampler.run(request);
    return static_cast<double>(sampler.memory(request).denoise) /
           static_cast<double>(counted.peak());
  }

  testing::TempDir folder_;
};

/// From as much as is taken to a tenth more.
void expect_close(double ratio, const char* what) {
  EXPECT_GE(ratio, 1) << what;
  EXPECT_LE(ratio, 1.1) << what;
}

TEST_F(TextMemory, IsWhatARunTakes) {
  TextOptions drawn = usual(), philox = usual(), guided = usual(), nucleus = usual();
  drawn.temperature = philox.temperature = nucleus.temperature = 0.7;
  philox.noise = NoiseKind::philox;
  guided.guidance = 2;
  nucleus.top_p = 0.9;
  nucleus.top_k = 500;
  TextRequest predicted = prompts_of({40});
  predicted.predictions = true;
  expect_close(ratio(usual(), prompts_of({40})), "the most likely tokens");
  expect_close(ratio(usual(), prompts_of({900})), "a long prompt");
  expect_close(ratio(usual(), predicted), "predictions");
  expect_close(ratio(usual(), prompts_of({40, 7, 25})), "a batch");
  expect_close(ratio(drawn, prompts_of({40})), "temperature");
  expect_close(ratio(philox, prompts_of({40})), "philox");
  expect_close(ratio(nucleus, prompts_of({40})), "top-k and top-p");
  expect_close(ratio(guided, prompts_of({40})), "guidance");
  expect_close(ratio(usual(), prompts_of({40}), DType::bf16), "bf16");
  expect_close(ratio(usual(), prompts_of({900}), DType::bf16), "a long prompt in bf16");
  expect_close(ratio(drawn, prompts_of({40}), DType::bf16), "temperature in bf16");
}

TEST_F(TextMemory, TheHeadIsOfTheTokensOfABlock) {
  const TextModel of = model();
  TextOptions wide = usual();
  wide.block_length = 64;
  const auto bytes = [&](const TextOptions& options) {
    return TextSampler(of, options).memory(prompts_of({40})).denoise;
  };
  EXPECT_GT(bytes(wide), bytes(usual()) * 3 / 2);
  EXPECT_EQ(TextSampler(of, usual()).memory(prompts_of({40})).weights, of.info().bytes);
}

TEST_F(TextMemory, ALimitRefusesBeforeWeightsAreRead) {
  const TextModel of = model(DType::fp32, true);
  TextOptions drawn = usual();
  drawn.temperature = 1;
  const TextSampler sampler(of, drawn);
  TextRequest request = prompts_of({900, 40});
  const std::uint64_t needed = sampler.memory(request).total();
  request.max_memory_bytes = needed;
  EXPECT_NO_THROW(sampler.check(request));
  request.max_memory_bytes = needed - 1;
  EXPECT_ERROR(Code::invalid_argument, "what would fit: the noise philox (",
               (sampler.check(request), 0));
  request.max_memory_bytes = 1;
  EXPECT_ERROR(Code::invalid_argument, "only shorter or fewer answers",
               (sampler.check(request), 0));
}

}  // namespace
}  // namespace latentrt
