#include "nn/passes/joined.hpp"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "base/fail.hpp"

namespace latentrt::nn {
namespace {

template <class Id>
std::size_t index(Id id) {
  return static_cast<std::size_t>(id);
}

const InputSpec* declaration(const Program& program, ValueId input) {
  const auto found = program.declarations().inputs.find(input);
  return found == program.declarations().inputs.end() ? nullptr : &found->second;
}

}  // namespace

/// A Program to which others are appended.
class Joining {
 public:
  /// Maps ids of the part's values to ids in the whole; -1 for values that it does not use.
  using Ids = std::vector<ValueId>;

  /// `given`: ids for some of the part's inputs, by name.
  Ids add(const Program& part, const std::string& prefix,
          const std::map<std::string, ValueId>& given) {
    first_of_part_ = static_cast<ValueId>(names_.size());
    Ids ids(part.value_count(), -1);
    for (const ValueId input : part.inputs()) {
      const auto found = given.find(part.name_of(input));
      ids[index(input)] = found == given.end() ? add_input(part, input) : found->second;
    }
    const auto first_weight = static_cast<WeightId>(weights_.size());
    for (const Weight& weight : part.weights()) add_weight(weight, prefix);
    for (Node node : part.nodes()) {
      node.name = prefix + node.name;
      for (ValueId& src : node.srcs) src = ids[index(src)];
      for (WeightId& weight : node.weights) weight += first_weight;
      node.dst = ids[index(node.dst)] = add_value(prefix + part.name_of(node.dst));
      nodes_.push_back(std::move(node));
    }
    return ids;
  }

  Program finish(std::vector<ValueId> outputs, std::vector<Skip> skips) && {
    Program program;
    program.nodes_ = std::move(nodes_);
    program.inputs_ = std::move(inputs_);
    program.outputs_ = outputs;
    program.value_names_ = std::make_shared<const std::vector<std::string>>(std::move(names_));
    program.weights_ = std::make_shared<const WeightTable>(std::move(weights_));
    program.declarations_ = std::make_shared<const Declarations>(
        Declarations{std::move(declared_), std::move(outputs), std::move(skips)});
    program.finish();
    return program;
  }

 private:
  ValueId add_value(const std::string& name) {
    // Within one network, values that are not cut points may share a name.
    const auto [known, added] = ids_.try_emplace(name, static_cast<ValueId>(names_.size()));
    if (!added && known->second < first_of_part_)
      fail(Code::invalid_argument,
           "both of the joined networks have a value named '{}': connect them, or give one network "
           "a prefix",
           name);
    names_.push_back(name);
    return static_cast<ValueId>(names_.size() - 1);
  }

  ValueId add_input(const Program& part, ValueId input) {
    const std::string& name = part.name_of(input);
    const InputSpec* const spec = declaration(part, input);
    const auto same = ids_.find(name);
    if (same != ids_.end() && std::ranges::find(inputs_, same->second) != inputs_.end()) {
      const auto known = declared_.find(same->second);
      if (spec == nullptr || known == declared_.end() || *spec != known->second)
        fail(Code::invalid_argument,
             "the joined networks declare the input '{}' in two ways, so it cannot be shared",
             name);
      return same->second;
    }
    inputs_.push_back(add_value(name));
    if (spec) declared_.emplace(inputs_.back(), *spec);
    return inputs_.back();
  }

  void add_weight(Weight weight, const std::string& prefix) {
    for (WeightSpec& part : weight.parts) {
      part.name = prefix + part.name;
      if (!weight_names_.insert(part.name).second)
        fail(Code::invalid_argument,
             "both of the joined networks have a weight named '{}': give one network a prefix",
             part.name);
    }
    weights_.push_back(std::move(weight));
  }

  std::vector<Node> nodes_;
  std::vector<std::string> names_;
  /// For each name, the first value with it.
  std::map<std::string, ValueId> ids_;
  ValueId first_of_part_ = 0;
  std::vector<ValueId> inputs_;
  std::map<ValueId, InputSpec> declared_;
  WeightTable weights_;
  std::set<std::string> weight_names_;
};

Program joined(const Program& first, const Program& second, const JoinOptions& options) {
  Joining joining;
  const Joining::Ids of_first = joining.add(first, options.first_prefix, {});
  std::map<std::string, ValueId> given;
  std::set<ValueId> connected;
  for (const auto& [input, value] : options.connections) {
    const ValueId from = first.value(value);
    if (of_first[index(from)] < 0)
      fail(Code::invalid_argument, "the first network does not compute the value '{}'", value);
    if (std::ranges::find(second.inputs(), second.value(input)) == second.inputs().end())
      fail(Code::invalid_argument, "the second network has no input named '{}'", input);
    given.emplace(input, of_first[index(from)]);
    connected.insert(from);
  }
  const Joining::Ids of_second = joining.add(second, options.second_prefix, given);
  std::vector<ValueId> outputs;
  for (const ValueId id : second.outputs()) outputs.push_back(of_second[index(id)]);
  for (const ValueId id : first.outputs())
    if (!connected.contains(id)) outputs.push_back(of_first[index(id)]);
  std::vector<Skip> skips;
  for (const Skip& skip : second.declarations().skips)
    if (of_second[index(skip.deep)] >= 0 && of_second[index(skip.kept)] >= 0)
      skips.push_back({of_second[index(skip.deep)], of_second[index(skip.kept)]});
  return std::move(joining).finish(std::move(outputs), std::move(skips));
}

}  // namespace latentrt::nn
