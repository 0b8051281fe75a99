#include "accel/deep_cache/branches.hpp"

#include <algorithm>
#include <charconv>

#include "base/fail.hpp"
#include "base/quote.hpp"

namespace latentrt::accel {

std::vector<Branch> branches_of(const nn::Program& program) {
  std::vector<Branch> branches;
  for (const nn::Node& node : program.nodes()) {
    if (std::holds_alternative<nn::Concat>(node.op))
      branches.push_back({program.name_of(node.srcs[0]), program.name_of(node.srcs[1])});
  }
  std::reverse(branches.begin(), branches.end());
  return branches;
}

const Branch& find_branch(const std::vector<Branch>& branches, const std::string& text) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  if (whole && number >= 1 && number <= branches.size()) return branches[number - 1];
  const auto named = std::find_if(branches.begin(), branches.end(),
                                  [&](const Branch& branch) { return branch.from_below == text; });
  if (named != branches.end()) return *named;
  std::vector<std::string> names;
  for (const Branch& branch : branches) names.push_back(branch.from_below);
  fail(Code::invalid_argument, "deepcache: branch {} is none of 1 to {} and no value to keep: {}",
       quote(text), branches.size(), fmt::join(names, ", "));
}

}  // namespace latentrt::accel
