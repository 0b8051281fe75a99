#pragma once
/// A masked process whose denoiser says what a test wants, for an answer after a prompt of one
/// token.

#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>

#include <cmath>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "nn/program/program_builder.hpp"
#include "sampling/masked/masked.hpp"
#include "sampling/plan.hpp"
#include "sampling/run.hpp"
#include "support/each_call_ops.hpp"

namespace latentrt::testing {

constexpr std::int64_t kVocabulary = 8, kMask = 7, kPrompt = 0;

/// A prediction, and its probability.
struct Said {
  std::int64_t id;
  double confidence;
};
/// Of one call: for every token.
using Line = std::vector<Said>;

/// Says line after line, whatever it reads.
class Script final : public EachCallOps {
 public:
  explicit Script(std::vector<Line> lines) : lines_(std::move(lines)) {}

  at::Tensor compute(const nn::OpCall& call) const override {
    const Line& line = lines_.at(heads.size());
    const at::Tensor places = call.src(1);
    std::vector<at::Tensor> rows;
    for (std::int64_t k = 0; k < places.size(1); ++k) {
      const Said& said = line.at(static_cast<std::size_t>(places[0][k].item<std::int64_t>()));
      const double other = (1 - said.confidence) / static_cast<double>(kVocabulary - 1);
      at::Tensor row = at::full({kVocabulary}, std::log(other));
      row[said.id] = std::log(said.confidence);
      rows.push_back(row);
    }
    heads.push_back(places.size(1));
    return at::stack(rows).unsqueeze(0);
  }

  mutable std::vector<std::int64_t> heads;  ///< tokens whose logits each call was asked for

 private:
  std::vector<Line> lines_;
};

inline nn::Network network_of(std::shared_ptr<const Script> script) {
  nn::ProgramBuilder b;
  const auto input = [&](const char* name) {
    return b.input(name, {.dims = {nn::Symbol::rows, nn::Symbol::tokens},
                          .type = nn::ElementType::int64,
                          .changes = nn::Changes::per_call,
                          .limit = 1});
  };
  const nn::ValueId ids = input("input_ids"), indices = input("logit_indices");
  b.output(b.apply("script", nn::Add{}, {ids, indices}), "logits");
  auto program = std::make_shared<const nn::Program>(std::move(b).build());
  auto weights = std::make_shared<const nn::BoundWeights>(nn::random_weights(*program, 1, {}));
  return {program, weights, std::move(script)};
}

inline sampling::MaskedOptions options(sampling::Blocks blocks, const std::string& policy) {
  return {.blocks = blocks,
          .prediction = {.mask_id = kMask},
          .policy = sampling::all_policies().make(Spec::parse(policy))};
}

/// Runs the process, and calls `on_step` with the state after each step.
inline void run_script(std::shared_ptr<const Script> script, sampling::MaskedOptions options,
                       bool predictions,
                       const std::function<void(const sampling::State&)>& on_step) {
  const std::int64_t length = options.blocks.gen_length + 1;
  sampling::SessionState session(
      sampling::make_plan(network_of(std::move(script)),
                          std::make_shared<const sampling::Masked>(std::move(options)), {}, {}));
  session.begin({1});
  at::Tensor ids = at::full({1, length}, kMask, at::TensorOptions(at::kLong));
  ids[0][0] = kPrompt;
  session.state["ids"] = ids;
  session.state["padding"] = at::zeros({1}, at::TensorOptions(at::kLong));
  if (predictions) {
    session.state[sampling::kPredicted] = ids;
    session.state[sampling::kConfidence] = at::zeros({1, length}, at::kDouble);
  }
  sampling::run_steps(session, {}, [&](const sampling::Progress&) { on_step(session.state); });
}

/// The answer's values in a tensor of the state.
template <class Value>
std::vector<Value> answer_in(const at::Tensor& rows) {
  const auto* const data = rows.const_data_ptr<Value>();
  return {data + 1, data + rows.numel()};
}

/// The ids after each step.
inline std::vector<std::vector<std::int64_t>> trace(std::vector<Line> lines,
                                                    sampling::MaskedOptions options) {
  std::vector<std::vector<std::int64_t>> made;
  run_script(std::make_shared<const Script>(std::move(lines)), std::move(options), false,
             [&](const sampling::State& state) {
               made.push_back(answer_in<std::int64_t>(state.at("ids")));
             });
  return made;
}

}  // namespace latentrt::testing
