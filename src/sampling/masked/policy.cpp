#include "sampling/masked/policy.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/argsort.h>
#include <ATen/ops/where.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/fail.hpp"
#include "base/quote.hpp"

namespace latentrt::sampling {

TransferPolicyPtr PolicyTable::make(const Spec& spec) const {
  const auto found = std::ranges::find(kinds_, spec.name, &PolicyKind::name);
  if (found != kinds_.end()) return found->make(Settings(found->options, spec));
  std::vector<std::string> names;
  std::ranges::transform(kinds_, std::back_inserter(names), &PolicyKind::name);
  fail(Code::invalid_argument, "unknown policy {}: it is one of {}", quote(spec.name),
       fmt::join(names, ", "));
}

PolicyTable all_policies() {
  PolicyTable table;
  register_all_policies(table);
  return table;
}

OptionSpec schedule_option(std::string fallback) {
  return text_option("schedule", std::move(fallback),
                     "How many tokens stay masked after each step: llada (equal counts, the larger "
                     "ones first), linear, cosine, log, exp or pow with an exponent (pow2)");
}

OptionSpec confidence_option() {
  return choice_option("confidence", "probability", {"probability", "entropy", "margin", "random"},
                       "What makes a prediction sure: its probability, a low entropy of all, the "
                       "lead over the next best, or chance");
}

Confidence confidence_from(const Settings& settings) {
  const std::string& name = settings.text("confidence");
  if (name == "entropy") return Confidence::entropy;
  if (name == "margin") return Confidence::margin;
  return name == "random" ? Confidence::random : Confidence::probability;
}

at::Tensor ranks(const at::Tensor& values, bool descending) {
  return at::argsort(at::argsort(values, true, -1, descending), true, -1, false);
}

void commit(State& state, const Candidates& candidates, const at::Tensor& chosen) {
  at::Tensor& ids = state.at("ids");
  const at::Tensor old = ids.gather(1, candidates.places);
  ids = ids.scatter(1, candidates.places, at::where(chosen, candidates.ids, old));
}

}  // namespace latentrt::sampling
