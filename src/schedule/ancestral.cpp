#include "schedule/ancestral.hpp"

#include <algorithm>
#include <cmath>

namespace latentrt::schedule {

Ancestral ancestral(double sigma, double sigma_next, double eta) {
  const double from = sigma * sigma, to = sigma_next * sigma_next;
  const double added = std::min(to, eta * eta * to * std::max(from - to, 0.0) / from);
  return {.down = std::sqrt(to - added), .up = std::sqrt(added)};
}

Ancestral ancestral_in_fp32(double sigma, double sigma_next) {
  const auto here = static_cast<float>(sigma), next = static_cast<float>(sigma_next);
  const float from = here * here, to = next * next;
  const float between = from - to;
  const float product = to * between;
  const float up = std::min(std::sqrt(product / from), next);
  const float added = up * up;
  const float left = to - added;
  // If rounding leaves nothing of it, fp32 has no result.
  if (!(left > 0)) return ancestral(sigma, sigma_next);
  return {.down = std::sqrt(left), .up = up};
}

}  // namespace latentrt::schedule
