#include "sampling/brownian.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "sampling/noise.hpp"
#include "sampling/seed_sequence.hpp"

namespace latentrt::sampling {
namespace {

/// Rounds to six decimals correctly, through the decimal digits.
double rounded(double value) {
  const std::string digits = fmt::format("{:.6f}", value);
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

}  // namespace

BrownianTree::BrownianTree(std::uint64_t seed, double low, double high,
                           std::vector<std::int64_t> shape)
    : seed_(seed), shape_(std::move(shape)) {
  root_ = {.begin = rounded(low),
           .end = rounded(high),
           .change = normal(seed_from(seed)) * std::sqrt(high - low)};
}

at::Tensor BrownianTree::increment(double begin, double end) const {
  const auto inside = [&](double value) { return std::clamp(value, root_.begin, root_.end); };
  const double first = rounded(inside(begin)), last = rounded(inside(end));
  if (!(first < last)) return at::zeros(shape_, at::kFloat);
  return part(root_, first, last);
}

at::Tensor BrownianTree::normal(std::uint32_t seed) const {
  at::Generator generator = make_generator(seed);
  return draw_noise(shape_, generator, at::kCPU);
}

/// The value in the middle is normally distributed around the mean of the values at the ends. The
/// order of the terms is that of the reference.
BrownianTree::Halves BrownianTree::halved(const Node& node) const {
  const double middle = rounded(0.5 * (node.end + node.begin));
  const double left = middle - node.begin, right = node.end - middle;
  const double inverse = 1 / (node.end - node.begin);
  const at::Tensor mean = node.change * left * inverse;
  const at::Tensor noise = normal(seed_from(seed_, {node.key, node.depth}));
  const at::Tensor change = mean + noise * std::sqrt(left * right * inverse);
  return {.left = {.begin = node.begin,
                   .end = middle,
                   .change = change,
                   .key = 2 * node.key,
                   .depth = node.depth + 1},
          .right = {.begin = middle,
                    .end = node.end,
                    .change = node.change - change,
                    .key = 2 * node.key + 1,
                    .depth = node.depth + 1}};
}

at::Tensor BrownianTree::part(const Node& node, double begin, double end) const {
  if (begin == node.begin && end == node.end) return node.change;
  const auto [left, right] = halved(node);
  if (end <= left.end) return part(left, begin, end);
  if (begin >= left.end) return part(right, begin, end);
  return part(left, begin, left.end) + part(right, left.end, end);
}

}  // namespace latentrt::sampling
