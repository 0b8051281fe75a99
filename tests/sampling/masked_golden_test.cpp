/// The masked process against goldens, token for token: answers of LLaDA's, MDPO's and Fast-dLLM's
/// samplers, as implemented in a script, for small models with random weights.
#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros_like.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>

#include "accel/registry.hpp"
#include "sampling/masked/masked.hpp"
#include "sampling/plan.hpp"
#include "sampling/run.hpp"
#include "support/expect_error.hpp"
#include "support/golden_language_model.hpp"

namespace latentrt::sampling {
namespace {

using Json = nlohmann::json;
using Ids = std::vector<std::int64_t>;

constexpr std::int64_t kMask = 69, kEnd = 70, kTurnEnd = 71;

Json cases_in(const std::string& file) {
  return Json::parse(
             std::ifstream(std::string(LATENTRT_SOURCE_DIR) + "/tests/golden/masked_text/" + file))
      .at("cases");
}

const Json& cases() {
  static const Json all = cases_in("cases.json");
  return all;
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
                         .end_id = c.value("end_id", kEnd),
                         .turn_end_id = kTurnEnd},
          .policy = all_policies().make(Spec::parse(c["policy"].get<std::string>())),
          .shifted = c["model"] == "dream",
          .early_stop = c.value("early_stop", false)};
}

std::vector<AcceleratorPtr> accelerators_of(const Json& c) {
  const std::string accel = c["accel"];
  return accel.empty() ? std::vector<AcceleratorPtr>{}
                       : accel::make_registry().make(Spec::parse(accel));
}

/// Prompts, padded to one length, followed by answers of masks.
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

  State state(bool predictions) const {
    State all{{"ids", ids}, {"padding", padding}};
    if (!predictions) return all;
    all[kPredicted] = ids;
    all[kConfidence] = at::zeros_like(ids, at::kDouble);
    return all;
  }

  nn::NamedTensors conditioning(bool guided) const {
    const auto rows = [&](const at::Tensor& x) { return guided ? at::cat({x, x}) : x; };
    return {{models::kPositionIds, rows(positions)}, {models::kAttentionMask, rows(mask)}};
  }
};

struct Answers {
  std::vector<Ids> ids;
  std::size_t calls = 0, rows = 0;
};

/// Returns the answers in a tensor of the state.
template <class Value>
std::vector<std::vector<Value>> answers_in(const at::Tensor& rows, std::int64_t gen_length) {
  std::vector<std::vector<Value>> all;
  for (std::int64_t i = 0; i < rows.size(0); ++i) {
    const at::Tensor row = rows[i].slice(0, -gen_length);
    const auto* const data = row.const_data_ptr<Value>();
    all.emplace_back(data, data + row.numel());
  }
  return all;
}

using Watch = std::function<void(const State&)>;

Answers answers_of(const Json& c, const std::vector<Ids>& prompts,
                   const std::vector<std::uint64_t>& seeds, bool philox = false,
                   const Watch& watch = {}) {
  const double cfg = c["cfg"];
  SessionState session(make_plan(model(c["model"]), std::make_shared<const Masked>(options_of(c)),
                                 {.scale = cfg + 1, .below_one = true}, accelerators_of(c)));
  session.begin(seeds);
  if (philox) session.noise = std::make_unique<PhiloxNoise>(seeds);
  const Batch batch(prompts, c["gen_length"]);
  session.state = batch.state(watch != nullptr);
  run_steps(session, batch.conditioning(cfg != 0), [&](const Progress&) {
    if (watch) watch(session.state);
  });
  return {answers_in<std::int64_t>(session.state.at("ids"), c["gen_length"]), session.calls,
          session.calls_rows};
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

/// Includes masks of later blocks.
TEST(MaskedGolden, EveryStepsPredictionIsThatOfTheReference) {
  for (const Json& c : cases_in("predictions.json")) {
    SCOPED_TRACE(c["policy"]);
    const Json& steps = c["predictions"];
    std::size_t step = 0;
    const Answers made =
        answers_of(c, {c["prompt"].get<Ids>()}, {c["seed"].get<std::uint64_t>()}, false,
                   [&](const State& state) {
                     const Json& wanted = steps.at(step++);
                     const std::int64_t length = c["gen_length"];
                     EXPECT_EQ(answers_in<std::int64_t>(state.at(kPredicted), length)[0],
                               wanted["ids"].get<Ids>());
                     const auto confidence = answers_in<double>(state.at(kConfidence), length)[0];
                     for (std::size_t i = 0; i < confidence.size(); ++i)
                       EXPECT_NEAR(confidence[i], wanted["confidence"][i].get<double>(), 1e-5) << i;
                   });
    EXPECT_EQ(step, steps.size());
    EXPECT_EQ(made.ids.front(), c["ids"].get<Ids>());
  }
}

/// Holds for prompts of any lengths and for every noise source.
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

/// Expects that the answer equals the plain one up to its first end token, and is filled with that
/// token after it.
void expect_ended(const Ids& answer, const Ids& plain, std::int64_t end_id) {
  const auto end =
      std::ranges::find_if(plain, [&](std::int64_t id) { return id == end_id || id == kTurnEnd; });
  Ids wanted(plain.begin(), end);
  if (end != plain.end()) wanted.resize(plain.size(), *end);
  EXPECT_EQ(answer, wanted);
}

/// The end token is one that the first answer contains after a third of its length.
TEST(MaskedGolden, AnEarlyStopChangesNothingUpToTheEnd) {
  const std::vector<Ids> prompts{{5, 17, 3, 44, 60, 8}, {7}, {9, 1, 33, 2}};
  const std::vector<std::uint64_t> seeds{3, 1, 4};
  std::size_t plain_calls = 0, calls = 0, plain_rows = 0, rows = 0;
  for (const Json& c : cases()) {
    if (c["suppress"] != "off") continue;
    for (const bool philox : {false, true}) {
      SCOPED_TRACE(c.dump() + (philox ? " philox" : ""));
      const Answers plain = answers_of(c, prompts, seeds, philox);
      Json stopping = c;
      stopping["early_stop"] = true;
      stopping["end_id"] = plain.ids[0][5];
      if (options_of(c).policy->edits_finished_blocks()) {
        EXPECT_ERROR(Code::invalid_argument, "edits finished blocks",
                     answers_of(stopping, prompts, seeds, philox));
        continue;
      }
      const Answers made = answers_of(stopping, prompts, seeds, philox);
      for (std::size_t i = 0; i < prompts.size(); ++i)
        expect_ended(made.ids[i], plain.ids[i], plain.ids[0][5]);
      EXPECT_LE(made.calls, plain.calls);
      plain_calls += plain.calls, calls += made.calls;
      plain_rows += plain.rows, rows += made.rows;
    }
  }
  EXPECT_LT(calls, plain_calls);
  EXPECT_LT(rows, plain_rows * 9 / 10);
}

}  // namespace
}  // namespace latentrt::sampling
