#include "cli/toys/toy.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <latentrt/error.hpp>

#include "cli/toys/countdown.hpp"
#include "cli/toys/mirror.hpp"

namespace latentrt::cli {
namespace {

const std::array<Toy, 2>& toys() {
  static const std::array<Toy, 2> all{mirror_toy(), countdown_toy()};
  return all;
}

}  // namespace

std::vector<std::string> toy_names() {
  std::vector<std::string> names;
  std::ranges::transform(toys(), std::back_inserter(names), &Toy::name);
  return names;
}

const Toy& toy_of(std::string_view name) {
  const auto* const found = std::ranges::find(toys(), name, &Toy::name);
  if (found == toys().end())
    throw Error(Code::invalid_argument, fmt::format("unknown task \"{}\": it is one of {}", name,
                                                    fmt::join(toy_names(), ", ")));
  return *found;
}

}  // namespace latentrt::cli
