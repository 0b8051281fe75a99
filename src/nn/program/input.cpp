#include "nn/program/input.hpp"

namespace latentrt::nn {

std::int64_t Extents::of(const Dim& dim) const {
  const auto value = [&] {
    switch (dim.symbol) {
      case Symbol::rows:
        return rows;
      case Symbol::tokens:
        return tokens;
      case Symbol::height:
        return height;
      case Symbol::width:
        return width;
      case Symbol::one:
        break;
    }
    return std::int64_t{1};
  };
  return (dim.factor * value() + dim.over - 1) / dim.over;
}

InputSpec picture_input(std::int64_t channels) {
  return {.dims = {Symbol::rows, channels, Symbol::height, Symbol::width},
          .changes = Changes::per_call,
          .space = Space::band};
}

}  // namespace latentrt::nn
