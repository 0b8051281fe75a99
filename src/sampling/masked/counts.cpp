#include "sampling/masked/counts.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numbers>

#include "base/fail.hpp"
#include "base/quote.hpp"

namespace latentrt::sampling {
namespace {

constexpr double kMaxExponent = 100;

/// Returns the exponent of a schedule "pow<exponent>", for example 2 for "pow2".
double exponent_of(std::string_view schedule) {
  constexpr std::string_view kPow = "pow";
  double exponent = 0;
  if (schedule.starts_with(kPow)) {
    const std::string_view digits = schedule.substr(kPow.size());
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
    if (error == std::errc() && end == digits.data() + digits.size() && exponent > 0 &&
        exponent <= kMaxExponent)
      return exponent;
  }
  fail(Code::invalid_argument,
       "schedule {} is none of llada, linear, cosine, log, exp and pow with an exponent (pow2)",
       quote(schedule));
}

/// Returns the fraction of `masks` tokens that are still masked after a fraction `ratio` of the
/// steps.
double masked_share(std::string_view schedule, std::int64_t masks, double ratio) {
  const double bits = std::log2(static_cast<double>(masks));
  if (schedule == "cosine") return std::cos(std::numbers::pi / 2 * ratio);
  if (schedule == "log") return bits > 0 ? -std::log2(ratio) / bits : 1 - ratio;
  if (schedule == "exp") return 1 - std::exp2(-bits * (1 - ratio));
  return 1 - std::pow(ratio, exponent_of(schedule));
}

/// Returns how many of `masks` tokens are still masked after `done` of `steps` steps.
std::int64_t masked_after(std::string_view schedule, std::int64_t masks, std::int64_t done,
                          std::int64_t steps) {
  constexpr double kLeast = 1e-6;
  if (schedule == "llada") return masks - masks / steps * done - std::min(done, masks % steps);
  if (schedule == "linear") return masks * (steps - done) / steps;
  if (done == 0) return masks;
  const double ratio = static_cast<double>(done) / static_cast<double>(steps);
  const double share = std::clamp(masked_share(schedule, masks, ratio), kLeast, 1.0);
  return static_cast<std::int64_t>(std::floor(static_cast<double>(masks) * share));
}

}  // namespace

void Blocks::check() const {
  if (gen_length < 1 || block_length < 1 || gen_length % block_length != 0)
    fail(Code::invalid_argument, "an answer of {} tokens is not a multiple of blocks of {}",
         gen_length, block_length);
  if (steps < 1 || steps % count() != 0)
    fail(Code::invalid_argument, "{} steps are not divisible by {} blocks of {} tokens", steps,
         count(), block_length);
}

std::vector<std::int64_t> transfer_counts(std::string_view schedule, std::int64_t masks,
                                          std::int64_t steps) {
  std::vector<std::int64_t> counts;
  std::int64_t left = masks;
  for (std::int64_t done = 1; done <= steps; ++done) {
    const std::int64_t after = masked_after(schedule, masks, done, steps);
    counts.push_back(left - after);
    left = after;
  }
  return counts;
}

}  // namespace latentrt::sampling
