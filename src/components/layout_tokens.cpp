#include "components/layout_tokens.hpp"

#include <cmath>

#include "base/fail.hpp"

namespace latentrt::pipeline {

std::int64_t LayoutVocabulary::grid() const {
  return static_cast<std::int64_t>(std::sqrt(static_cast<double>(tokens)));
}

std::int64_t place_token(const LayoutVocabulary& vocabulary, double x, double y) {
  const std::int64_t grid = vocabulary.grid();
  const auto nearest = [&](double at) {
    return static_cast<std::int64_t>(std::nearbyint(at * static_cast<double>(grid - 1)));
  };
  return nearest(y) * grid + nearest(x);
}

std::vector<std::int64_t> layout_tokens(const LayoutVocabulary& vocabulary,
                                        const std::vector<LayoutBox>& boxes) {
  if (std::ssize(boxes) > vocabulary.boxes) {
    fail(Code::invalid_argument, "a layout of {} boxes: the model knows {} at most", boxes.size(),
         vocabulary.boxes);
  }
  std::vector<std::int64_t> ids;
  for (const LayoutBox& each : boxes) {
    const auto& [left, top, right, bottom] = each.box;
    ids.insert(ids.end(), {each.class_label, place_token(vocabulary, left, top),
                           place_token(vocabulary, right, bottom)});
  }
  ids.resize(static_cast<std::size_t>(3 * vocabulary.boxes), vocabulary.tokens - 1);
  ids.push_back(place_token(vocabulary, 0, 0));
  ids.push_back(place_token(vocabulary, 1, 1));
  return ids;
}

}  // namespace latentrt::pipeline
