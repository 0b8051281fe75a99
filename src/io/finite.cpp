#include "io/finite.hpp"

#include <algorithm>
#include <cmath>

#include "io/as_float.hpp"

namespace latentrt::io {

std::vector<std::string> non_finite_tensors(const WeightMap& weights) {
  std::vector<std::string> names;
  for (const auto& [name, tensor] : weights.tensors()) {
    bool finite = true;
    read_as_float(tensor.file, name, tensor.info, [&](std::span<const float> part) {
      finite = finite && std::all_of(part.begin(), part.end(),
                                     [](float value) { return std::isfinite(value); });
    });
    if (!finite) names.push_back(name);
  }
  return names;
}

}  // namespace latentrt::io
