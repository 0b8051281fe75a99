#include "io/lora/lora_module.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <vector>

namespace latentrt::io {
namespace {

using Part = LoraPart;

/// A kind, and the parts that identify it.
struct KindParts {
  LoraKind kind;
  std::vector<Part> parts;
};

const std::vector<KindParts>& kinds() {
  static const std::vector<KindParts> all{
      {LoraKind::low_rank, {Part::down, Part::up, Part::mid, Part::up_bias}},
      {LoraKind::hadamard, {Part::w1_a, Part::w1_b, Part::w2_a, Part::w2_b, Part::t1, Part::t2}},
      {LoraKind::kronecker,
       {Part::k1, Part::k1_a, Part::k1_b, Part::k2, Part::k2_a, Part::k2_b, Part::k_t2}},
      {LoraKind::full, {Part::diff}},
      {LoraKind::replaced, {Part::new_weight}}};
  return all;
}

std::vector<LoraKind> kinds_of(const LoraModule& module) {
  std::vector<LoraKind> found;
  for (const KindParts& entry : kinds()) {
    if (std::any_of(entry.parts.begin(), entry.parts.end(),
                    [&](Part part) { return module.find(part) != nullptr; }))
      found.push_back(entry.kind);
  }
  return found;
}

std::string hadamard_problem(const LoraModule& module) {
  constexpr std::array<std::pair<Part, std::string_view>, 4> kNeeded{{{Part::w1_a, "hada_w1_a"},
                                                                      {Part::w1_b, "hada_w1_b"},
                                                                      {Part::w2_a, "hada_w2_a"},
                                                                      {Part::w2_b, "hada_w2_b"}}};
  for (const auto& [part, name] : kNeeded) {
    if (!module.find(part)) return "has no " + std::string(name);
  }
  if (!module.find(Part::t1) != !module.find(Part::t2))
    return "has one of hada_t1 and hada_t2; it needs both or neither";
  return "";
}

/// Whether a matrix of the product exists as a whole, or as both of its factors.
bool has_matrix(const LoraModule& module, Part whole, Part a, Part b) {
  return module.find(whole) ? !module.find(a) && !module.find(b) : module.find(a) && module.find(b);
}

std::string kronecker_problem(const LoraModule& module) {
  if (!has_matrix(module, Part::k1, Part::k1_a, Part::k1_b))
    return "needs lokr_w1, or lokr_w1_a and lokr_w1_b";
  if (!has_matrix(module, Part::k2, Part::k2_a, Part::k2_b))
    return "needs lokr_w2, or lokr_w2_a and lokr_w2_b";
  if (module.find(Part::k_t2) && module.find(Part::k2)) return "has both lokr_t2 and lokr_w2";
  return "";
}

std::string problem_of_kind(const LoraModule& module, LoraKind kind) {
  switch (kind) {
    case LoraKind::low_rank:
      if (!module.find(Part::up)) return "has no up factor";
      return module.find(Part::down) ? "" : "has no down factor";
    case LoraKind::hadamard:
      return hadamard_problem(module);
    case LoraKind::kronecker:
      return kronecker_problem(module);
    case LoraKind::none:
      return module.find(Part::diff_bias) || module.find(Part::new_bias)
                 ? ""
                 : "has an alpha or a magnitude, but no factors";
    case LoraKind::full:
    case LoraKind::replaced:
      return "";
  }
  return "";
}

}  // namespace

const TensorInfo* LoraModule::find(LoraPart part) const {
  const auto found = parts.find(part);
  return found == parts.end() ? nullptr : found->second;
}

LoraKind LoraModule::kind() const {
  const auto found = kinds_of(*this);
  return found.empty() ? LoraKind::none : found.front();
}

std::string LoraModule::problem() const {
  if (kinds_of(*this).size() > 1) return "has factors of two kinds of adapters";
  if (find(Part::diff_bias) && find(Part::new_bias)) return "changes its bias in two ways";
  const bool has_magnitude = find(Part::magnitude) || find(Part::dora_scale);
  if (find(Part::magnitude) && find(Part::dora_scale)) return "has two magnitudes";
  if (settings.dora && kind() == LoraKind::low_rank && !has_magnitude)
    return "has no lora_magnitude_vector, though its settings say use_dora";
  if (settings.alpha && !(*settings.alpha > 0 && std::isfinite(*settings.alpha)))
    return fmt::format("has alpha {}, which is not above 0", *settings.alpha);
  return problem_of_kind(*this, kind());
}

double LoraModule::scale(std::optional<double> rank) const {
  if (!rank) {
    if (!settings.rank) return 1;
    rank = settings.rank;
  }
  const double alpha = settings.alpha.value_or(*rank);
  return alpha / (settings.root_of_rank ? std::sqrt(*rank) : *rank);
}

}  // namespace latentrt::io
