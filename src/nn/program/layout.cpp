#include "nn/program/layout.hpp"

namespace latentrt::nn {
namespace {

/// The layout of a node's result, given that of its first source.
Layout layout_of(const Op& op, Layout src) {
  if (std::holds_alternative<ToTokens>(op)) return Layout::tokens;
  if (std::holds_alternative<ToImage>(op)) return Layout::picture;
  if (std::holds_alternative<SelectToken>(op)) return Layout::none;
  return src;
}

}  // namespace

std::vector<Layout> layouts(const Program& whole) {
  std::vector<Layout> all(whole.value_count(), Layout::none);
  for (const auto& [id, spec] : whole.declarations().inputs)
    if (spec.space != Space::none) all[static_cast<std::size_t>(id)] = Layout::picture;
  for (const Node& node : whole.nodes()) {
    const Layout src = all[static_cast<std::size_t>(node.srcs[0])];
    all[static_cast<std::size_t>(node.dst)] = layout_of(node.op, src);
  }
  return all;
}

}  // namespace latentrt::nn
