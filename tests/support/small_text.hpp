#pragma once
/// Small language models with random weights, and runs of the masked process over them.

#include <cstdint>
#include <latentrt/text.hpp>
#include <memory>
#include <string>
#include <vector>

#include "accel/registry.hpp"
#include "models/transformer/llama.hpp"
#include "nn/ops/torch_ops.hpp"
#include "sampling/masked/masked.hpp"
#include "sampling/run.hpp"
#include "support/each_call_ops.hpp"
#include "tasks/text/batch.hpp"

namespace latentrt::testing {

inline constexpr std::int64_t kTextVocabulary = 40, kTextMask = 39;

struct TextShape {
  std::string name;
  models::LlamaConfig config;
  bool shifted = false;
};

inline models::LlamaConfig small_llama(std::int64_t kv_heads) {
  models::LlamaConfig config;
  config.vocab_size = kTextVocabulary;
  config.hidden_size = 24;
  config.intermediate_size = 32;
  config.layers = 2;
  config.heads = 4;
  config.kv_heads = kv_heads;
  config.head_size = 6;
  config.positions = 128;
  config.causal = false;
  return config;
}

/// In the shapes of LLaDA, of Llama with shared heads of keys, and of Dream.
inline std::vector<TextShape> text_shapes() {
  models::LlamaConfig dream = small_llama(2);
  dream.qkv_bias = true;
  return {{"llada", small_llama(4)}, {"llama", small_llama(1)}, {"dream", dream, true}};
}

/// Every operation by LibTorch; keeps the logits of each run of the network.
class RecordingOps final : public EachCallOps {
 public:
  const std::vector<at::Tensor>& logits() const { return logits_; }

 private:
  at::Tensor compute(const nn::OpCall& call) const override {
    at::Tensor y = nn::TorchOps().run(call);
    if (call.node.name == "lm_head") logits_.push_back(y);
    return y;
  }

  mutable std::vector<at::Tensor> logits_;
};

inline nn::Network text_network(const TextShape& shape, std::shared_ptr<const nn::OpSet> ops) {
  auto program = std::make_shared<const nn::Program>(models::build_llama(shape.config));
  auto weights = std::make_shared<const nn::BoundWeights>(nn::random_weights(*program, 4, {}));
  return {std::move(program), std::move(weights), std::move(ops)};
}

/// What a run is; policy and accelerator ("": none) are specs.
struct TextCase {
  TextShape shape;
  std::string policy = "low_confidence", accel{};
  double temperature = 0, guidance = 1;
  sampling::Blocks blocks{.gen_length = 12, .block_length = 4, .steps = 6};

  std::shared_ptr<const sampling::Masked> process() const {
    return std::make_shared<const sampling::Masked>(
        sampling::MaskedOptions{.blocks = blocks,
                                .prediction = {.mask_id = kTextMask, .temperature = temperature},
                                .policy = sampling::all_policies().make(Spec::parse(policy)),
                                .shifted = shape.shifted});
  }
  sampling::GuidancePolicy guidance_policy() const {
    return {.scale = guidance, .below_one = true};
  }
  std::string words() const { return shape.name + ' ' + policy + ' ' + accel; }
};

inline std::vector<AcceleratorPtr> made_accelerators(const std::string& accel) {
  if (accel.empty()) return {};
  return accel::make_registry().make(Spec::parse(accel));
}

struct TextRun {
  std::vector<TokenIds> answers;
  std::vector<at::Tensor> logits;  ///< of each run of the network
  sampling::TokenCounts counts;
  std::vector<std::string> notes;
};

inline std::vector<TokenIds> answers_of(const at::Tensor& ids, std::int64_t gen_length) {
  std::vector<TokenIds> answers;
  for (std::int64_t item = 0; item < ids.size(0); ++item) {
    const at::Tensor row = ids[item].slice(0, -gen_length).contiguous();
    const auto* const data = row.const_data_ptr<std::int64_t>();
    answers.emplace_back(data, data + row.numel());
  }
  return answers;
}

/// The prompts as one batch; the seed of the i-th is seed + i.
inline TextRun run_text_case(const TextCase& c, const std::vector<TokenIds>& prompts,
                             std::uint64_t seed = 3) {
  const auto ops = std::make_shared<const RecordingOps>();
  sampling::SessionState session(sampling::make_plan(
      text_network(c.shape, ops), c.process(), c.guidance_policy(), made_accelerators(c.accel)));
  std::vector<std::uint64_t> seeds;
  for (std::size_t i = 0; i < prompts.size(); ++i) seeds.push_back(seed + i);
  session.begin(seeds);
  const pipeline::TextBatch batch =
      pipeline::make_text_batch({.prompts = prompts}, c.blocks.gen_length, kTextMask, at::kCPU);
  session.state["ids"] = batch.ids;
  session.state["padding"] = batch.padding;
  sampling::run_steps(session, pipeline::text_conditioning(batch, c.guidance != 1), {});
  TextRun run{.answers = answers_of(session.state.at("ids"), c.blocks.gen_length),
              .logits = ops->logits(),
              .counts = {},
              .notes = session.plan->notes};
  if (session.token_cache) run.counts = session.token_cache->counts();
  return run;
}

}  // namespace latentrt::testing
