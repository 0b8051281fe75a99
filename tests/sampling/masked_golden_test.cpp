/// The masked process, token for token: answers of LLaDA's, MDPO's and Fast-dLLM's samplers,
/// written out in a script, for small models with random weights.
#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "accel/registry.hpp"
#include "sampling/masked/masked.hpp"
#include "sampling/plan.hpp"
#include "sampling/run.hpp"
#include "support/golden_language_model.hpp"

namespace latentrt::sampling {
namespace {

using Json = nlohmann::json;
using Ids = std::vector<std::int64_t>;

constexpr std::int64_t kMask = 69, kEnd = 70, kTurnEnd = 71;

const Json& cases() {
  static const Json all = Json::parse(
      std::ifstream(std::string(LATENTRT_SOURCE_DIR) + "/tests/golden/masked_text/cases.json"));
  return all.at("cases");
}

const nn::Network& model(const std::string& name) {
  static std::map<std::string, nn::Network> models;
  const auto [found, fresh] = models.try_emplace(name);
  if (fresh) found->second = testing::golden_language_model(name);
  return found->second;
}

SuppressEnds suppress_from(const std::string& name) {
  if (name == "logits") return SuppressEnds::logits;
  if (name == "confidence") return SuppressEnds::confidence;
  return name == "reference" ? SuppressEnds::reference : SuppressEnds::off;
}

MaskedOptions options_of(const Json& c) {
  return {.blocks = {c["gen_length"], c["block_length"], c["steps"]},
          .prediction = {.mask_id = kMask,
                         .temperature = c["temperature"],
                         .top_p = c["top_p"],
                         .suppress = suppress_from(c["suppress"]),
                         .end_id = kEnd,
                         .turn_end_id = kTurnEnd},
          .policy = all_policies().make(Spec::parse(c["policy"].get<std::string>())),
          .shifted = c["model"] == "dream"};
}

std::vector<AcceleratorPtr> accelerators_of(const Json& c) {
  const std::string accel = c["accel"];
  return accel.empty() ? std::vector<AcceleratorPtr>{}
                       : accel::make_registry().make(Spec::parse(accel));
}

/// Prompts, which padding makes equally long, and answers of masks.
struct Batch {
  at::Tensor ids, padding, positions, mask;

  Batch(const std::vector<Ids>& prompts, std::int64_t gen_length) {
    const auto longest = std::ranges::max(prompts, {}, &Ids::size).size();
    std::vector<at::Tensor> rows;
    Ids paddings;
    for (const Ids& prompt : prompts) {
      Ids row(longest - prompt.size(), 0);
      paddings.push_back(std::ssize(row));
      row.insert(row.end(), prompt.begin(), prompt.end());
      row.insert(row.end(), static_cast<std::size_t>(gen_length), kMask);
      rows.push_back(at::tensor(row, at::kLong));
    }
    ids = at::stack(rows);
    padding = at::tensor(paddings, at::kLong);
    const at::Tensor own = at::arange(ids.size(1), at::kLong) - padding.unsqueeze(1);
    positions = own.clamp_min(0);
    mask = own.ge(0).to(at::kLong);
  }

  nn::NamedTensors conditioning(bool guided) const {
    const auto rows = [&](const at::Tensor& x) { return guided ? at::cat({x, x}) : x; };
    return {{models::kPositionIds, rows(positions)}, {models::kAttentionMask, rows(mask)}};
  }
};

struct Answers {
  std::vector<Ids> ids;
  std::size_t calls = 0;
};

Answers answers_of(const Json& c, const std::vector<Ids>& prompts,
                   const std::vector<std::uint64_t>& seeds, bool philox = false) {
  const double cfg = c["cfg"];
  SessionState session(make_plan(model(c["model"]), std::make_shared<const Masked>(options_of(c)),
                                 {.scale = cfg + 1, .below_one = true}, accelerators_of(c)));
  session.begin(seeds);
  if (philox) session.noise = std::make_unique<PhiloxNoise>(seeds);
  const Batch batch(prompts, c["gen_length"]);
  session.state["ids"] = batch.ids;
  session.state["padding"] = batch.padding;
  run_steps(session, batch.conditioning(cfg != 0), {});
  Answers answers{.ids = {}, .calls = session.calls};
  for (std::int64_t i = 0; i < batch.ids.size(0); ++i) {
    const at::Tensor row =
        session.state.at("ids")[i].slice(0, -c["gen_length"].get<std::int64_t>());
    const auto* const data = row.const_data_ptr<std::int64_t>();
    answers.ids.emplace_back(data, data + row.numel());
  }
  return answers;
}

TEST(MaskedGolden, EveryTokenIsThatOfTheReference) {
  ASSERT_GT(cases().size(), 140U);
  for (const Json& c : cases()) {
    SCOPED_TRACE(c.dump());
    const Answers made = answers_of(c, {c["prompt"].get<Ids>()}, {c["seed"].get<std::uint64_t>()});
    EXPECT_EQ(made.ids.front(), c["ids"].get<Ids>());
    EXPECT_EQ(made.calls, c["calls"].get<std::size_t>());
  }
}

/// Whatever the lengths of the prompts, and whatever the noise is drawn from.
TEST(MaskedGolden, AnItemOfABatchHasTheAnswerThatItHasOnItsOwn) {
  const std::vector<Ids> prompts{{5, 17, 3, 44, 60, 8}, {7}, {9, 1, 33, 2}};
  for (const Json& c : cases()) {
    for (const bool philox : {false, true}) {
      SCOPED_TRACE(c.dump() + (philox ? " philox" : ""));
      const std::vector<std::uint64_t> seeds{3, 1, 4};
      const Answers together = answers_of(c, prompts, seeds, philox);
      for (std::size_t i = 0; i < prompts.size(); ++i)
        EXPECT_EQ(together.ids[i], answers_of(c, {prompts[i]}, {seeds[i]}, philox).ids.front())
            << i;
    }
  }
}

}  // namespace
}  // namespace latentrt::sampling
