/// Transformers over tokens: results compared with those of transformers for small random models,
/// from the files of each family.
#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <latentrt/tensor.hpp>

#include "io/json.hpp"
#include "io/weights.hpp"
#include "models/text/clip.hpp"
#include "models/transformer/llama.hpp"
#include "nn/ops/local_ops.hpp"
#include "nn/ops/torch_ops.hpp"
#include "nn/passes/fuse.hpp"
#include "nn/run/network.hpp"
#include "support/expect_error.hpp"

namespace latentrt::models {
namespace {

namespace fs = std::filesystem;

constexpr double kTolerance = 1e-4;

struct Kind {
  const char* name;
  LlamaConfig (*read)(const io::Config&);
  std::string (*key_map)(std::string_view);
};

std::string same(std::string_view key) { return std::string(key); }

const Kind kKinds[] = {{"llada", LlamaConfig::from_llada, io::canonical_llada_key},
                       {"dream", LlamaConfig::from_dream, same},
                       {"llama", LlamaConfig::from_llama, same},
                       {"qwen3", LlamaConfig::from_llama, same}};

fs::path folder(const Kind& kind) {
  return fs::path(LATENTRT_SOURCE_DIR) / "tests/golden/language_models" / kind.name;
}

class LanguageModel : public ::testing::TestWithParam<Kind> {
 protected:
  LanguageModel()
      : config_(GetParam().read(io::Config::load(folder(GetParam()) / "config.json"))),
        golden_(read_tensors(folder(GetParam()) / "io.safetensors")) {}

  at::Tensor golden(const std::string& name) {
    HostTensor& tensor = golden_.at(name);
    return at::from_blob(tensor.data.data(), tensor.shape, at::TensorOptions(at::kFloat)).clone();
  }
  at::Tensor ids(const std::string& name) { return golden(name).to(at::kLong); }

  nn::Network network(const nn::Program& program, std::shared_ptr<const nn::OpSet> ops) const {
    const auto stored =
        io::WeightMap::open(folder(GetParam()), {.stem = "model"}, GetParam().key_map);
    const nn::Program* const read[] = {&program};
    nn::refuse_unread_weights(read, stored, {}, GetParam().name);
    return {std::make_shared<const nn::Program>(program),
            std::make_shared<const nn::BoundWeights>(
                nn::bind_weights(program, stored, {}, GetParam().name)),
            std::move(ops)};
  }

  std::vector<std::string> outputs() const {
    std::vector<std::string> names{"last_hidden_state", "logits"};
    for (std::int64_t i = 0; i <= config_.layers; ++i) names.push_back(hidden_state(i));
    return names;
  }

  static nn::NamedTensors inputs(const at::Tensor& ids, const at::Tensor& mask) {
    const at::Tensor all = at::arange(ids.size(1), at::kLong).expand_as(ids);
    return {{kInputIds, ids},
            {kPositionIds, (mask.cumsum(1) - 1).clamp_min(0)},
            {kAttentionMask, mask},
            {kLogitIndices, all}};
  }

  void expect_golden(const nn::NamedTensors& values) {
    const at::Tensor real = ids("attention_mask").ne(0).unsqueeze(-1);
    for (const std::string& name : outputs()) {
      const at::Tensor value = at::where(real, values.at(name), 0.0), wanted = golden(name);
      ASSERT_EQ(value.sizes(), wanted.sizes()) << name;
      const double difference = (value - wanted).abs().max().item<double>();
      fmt::print("{:<8} {:<20} max abs difference {:.2e}\n", GetParam().name, name, difference);
      EXPECT_LE(difference, kTolerance) << name;
    }
  }

  LlamaConfig config_;
  TensorMap golden_;
};

TEST_P(LanguageModel, ComputesWhatTransformersDoes) {
  const nn::Program program = build_llama(config_), fused = nn::fuse(program);
  for (const nn::Program* const form : {&program, &fused}) {
    const nn::Program cut = form->extract(form->input_names(), outputs());
    const nn::NamedTensors given = inputs(ids("input_ids"), ids("attention_mask"));
    expect_golden(network(cut, std::make_shared<const nn::LocalOps>()).run(given));
    expect_golden(network(cut, std::make_shared<const nn::TorchOps>()).run(given));
  }
}

TEST_P(LanguageModel, APaddedRowIsTheRowOnItsOwn) {
  const nn::Network all = network(build_llama(config_), std::make_shared<const nn::LocalOps>());
  const at::Tensor mask = ids("attention_mask");
  const std::int64_t padding = mask[1].eq(0).sum().item<std::int64_t>();
  const auto unpadded = [&](const at::Tensor& x) {
    return x.narrow(0, 1, 1).narrow(1, padding, x.size(1) - padding);
  };
  const at::Tensor both = all.run(inputs(ids("input_ids"), mask)).at("logits"),
                   alone = all.run(inputs(unpadded(ids("input_ids")), unpadded(mask))).at("logits");
  EXPECT_LE((unpadded(both) - alone).abs().max().item<double>(), 1e-5);
}

TEST_P(LanguageModel, LogitsAreOfTheTokensAskedFor) {
  const nn::Network all = network(build_llama(config_), std::make_shared<const nn::LocalOps>());
  nn::NamedTensors given = inputs(ids("input_ids"), ids("attention_mask"));
  const at::Tensor logits = all.run(given).at("logits");
  given[kLogitIndices] = at::tensor({11, 4, 7, 5, 9, 9}, at::kLong).view({2, 3});
  const at::Tensor some = all.run(given).at("logits");
  ASSERT_EQ(some.sizes(), (std::vector<std::int64_t>{2, 3, config_.vocab_size}));
  EXPECT_LE((some[0][1] - logits[0][4]).abs().max().item<double>(), 1e-5);
  EXPECT_LE((some[1][0] - logits[1][5]).abs().max().item<double>(), 1e-5);
  EXPECT_TRUE(some[1][1].equal(some[1][2]));
}

INSTANTIATE_TEST_SUITE_P(All, LanguageModel, ::testing::ValuesIn(kKinds),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(LlamaConfig, RefusesWhatItDoesNotRun) {
  const auto llada = [](const char* text) {
    return LlamaConfig::from_llada(io::Config::from_text(text, "config.json"));
  };
  const auto llama = [](const char* text) {
    return LlamaConfig::from_llama(io::Config::from_text(text, "config.json"));
  };
  EXPECT_ERROR(Code::unsupported, "config.json: alibi true", llada(R"({"alibi": true})"));
  EXPECT_ERROR(Code::unsupported, "attention_layer_norm true",
               llada(R"({"attention_layer_norm": true})"));
  EXPECT_ERROR(Code::invalid_argument, "n_heads 4 is not divisible by n_kv_heads 3",
               llada(R"({"d_model": 64, "n_heads": 4, "n_kv_heads": 3})"));
  EXPECT_ERROR(Code::invalid_argument, "d_model 66 is not divisible by n_heads 4",
               llada(R"({"d_model": 66, "n_heads": 4})"));
  EXPECT_ERROR(Code::invalid_argument, "have no pairs to rotate",
               llada(R"({"d_model": 20, "n_heads": 4})"));
  EXPECT_ERROR(Code::invalid_argument, "embedding_size",
               llada(R"({"vocab_size": 100, "embedding_size": 99})"));
  EXPECT_ERROR(Code::unsupported, "model_type \"mistral\"", llama(R"({"model_type": "mistral"})"));
  EXPECT_ERROR(Code::unsupported, "rope_scaling",
               llama(R"({"model_type": "llama", "rope_scaling": {"factor": 8}})"));
  EXPECT_ERROR(Code::unsupported, "rope_parameters: rope_type",
               llama(R"({"model_type": "llama", "rope_parameters": {"rope_type": "yarn"}})"));
}

}  // namespace
}  // namespace latentrt::models
