#include "stream/prompt_blend.hpp"

#include <ATen/TensorOperators.h>

#include <algorithm>
#include <cmath>

namespace latentrt::pipeline {
namespace {

/// Weights of a and b. Directions that (almost) agree or oppose each other have no arc of their
/// own.
struct Weights {
  double a, b;
};

Weights arc_weights(const at::Tensor& a, const at::Tensor& b, double share) {
  constexpr double kStraight = 0.9995;
  const double a_length = a.norm().item<double>(), b_length = b.norm().item<double>();
  const Weights line{1 - share, share};
  if (a_length == 0 || b_length == 0) return line;
  const double cosine = (a * b).sum().item<double>() / (a_length * b_length);
  if (std::abs(cosine) > kStraight) return line;
  const double angle = std::acos(cosine);
  const double length = (1 - share) * a_length + share * b_length;
  const double scale = length / std::sin(angle);
  return {std::sin((1 - share) * angle) * scale / a_length,
          std::sin(share * angle) * scale / b_length};
}

}  // namespace

at::Tensor blend(const at::Tensor& a, const at::Tensor& b, double share, PromptBlend kind) {
  if (share <= 0) return a;
  if (share >= 1) return b;
  const at::Tensor x = a.to(at::kFloat), y = b.to(at::kFloat);
  const Weights w =
      kind == PromptBlend::spherical ? arc_weights(x, y, share) : Weights{1 - share, share};
  return (w.a * x + w.b * y).to(a.scalar_type());
}

nn::NamedTensors blend(const nn::NamedTensors& a, const nn::NamedTensors& b, double share,
                       PromptBlend kind) {
  nn::NamedTensors mixed;
  for (const auto& [name, value] : a) mixed[name] = blend(value, b.at(name), share, kind);
  return mixed;
}

}  // namespace latentrt::pipeline
