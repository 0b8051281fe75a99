#include "accel/deep_cache/branches.hpp"

#include <algorithm>
#include <charconv>

#include "base/fail.hpp"
#include "base/quote.hpp"
#include "sampling/plan_builder.hpp"

namespace latentrt::accel {

SkipConnection find_branch(const std::vector<SkipConnection>& branches, const std::string& text) {
  if (branches.empty())
    fail(Code::invalid_argument, "deepcache: the network has no skip connection to be cut at");
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  if (whole && number >= 1 && number <= branches.size()) return branches[number - 1];
  const auto named =
      std::find_if(branches.begin(), branches.end(),
                   [&](const SkipConnection& branch) { return branch.from_below == text; });
  if (named != branches.end()) return *named;
  std::vector<std::string> names;
  for (const SkipConnection& branch : branches) names.push_back(branch.from_below);
  fail(Code::invalid_argument,
       "deepcache: branch {} is neither a number from 1 to {} nor a value that can be kept: {}",
       quote(text), branches.size(), fmt::join(names, ", "));
}

std::size_t attention_free_branches(const nn::Program& body) {
  const std::vector<SkipConnection> branches = sampling::skip_connections(body);
  const auto attends = [&](const SkipConnection& branch) {
    std::vector<std::string> inputs = body.input_names();
    inputs.push_back(branch.from_below);
    const nn::Program shallow = body.extract(inputs, body.output_names());
    return std::any_of(shallow.nodes().begin(), shallow.nodes().end(), [](const nn::Node& node) {
      return std::holds_alternative<nn::Attention>(node.op);
    });
  };
  const auto first = std::find_if(branches.begin(), branches.end(), attends);
  return static_cast<std::size_t>(first - branches.begin());
}

}  // namespace latentrt::accel
