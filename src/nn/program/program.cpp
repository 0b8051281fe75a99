#include "nn/program/program.hpp"

#include <algorithm>
#include <atomic>

#include "base/fail.hpp"

namespace latentrt::nn {
namespace {

std::size_t index(ValueId value) { return static_cast<std::size_t>(value); }

std::uint64_t new_id() {
  static std::atomic<std::uint64_t> counter{0};
  return ++counter;
}

}  // namespace

std::vector<std::reference_wrapper<const WeightSpec>> stored_tensors(const WeightTable& table) {
  std::vector<std::reference_wrapper<const WeightSpec>> tensors;
  for (const Weight& weight : table)
    tensors.insert(tensors.end(), weight.parts.begin(), weight.parts.end());
  return tensors;
}

ValueId Program::value(std::string_view name) const {
  const auto found = std::find(value_names_->begin(), value_names_->end(), name);
  if (found == value_names_->end())
    fail(Code::invalid_argument, "the network has no value named '{}'", name);
  return static_cast<ValueId>(found - value_names_->begin());
}

bool Program::has_value(std::string_view name) const {
  return std::find(value_names_->begin(), value_names_->end(), name) != value_names_->end();
}

bool Program::declares(std::string_view name) const {
  return std::ranges::any_of(declarations_->inputs,
                             [&](const auto& input) { return name_of(input.first) == name; });
}

const InputSpec& Program::declared(std::string_view name) const {
  for (const auto& [id, spec] : declarations_->inputs)
    if (name_of(id) == name) return spec;
  fail(Code::invalid_argument, "the network has no input named '{}'", name);
}

std::vector<std::string> Program::inputs_that_change(Changes changes) const {
  std::vector<std::string> names;
  for (const auto& [id, spec] : declarations_->inputs)
    if (spec.changes == changes) names.push_back(name_of(id));
  return names;
}

const std::string& Program::band_input() const {
  for (const auto& [id, spec] : declarations_->inputs)
    if (spec.space == Space::band) return name_of(id);
  fail(Code::invalid_argument, "the network has no input that is a picture");
}

const std::string& Program::main_output() const {
  if (declarations_->outputs.empty()) fail(Code::invalid_argument, "the network has no output");
  return name_of(declarations_->outputs.front());
}

Program Program::extract(const std::vector<std::string>& inputs,
                         const std::vector<std::string>& outputs) const {
  std::vector<bool> provided(value_count()), needed(value_count());
  for (const std::string& name : inputs) provided[index(value(name))] = true;
  Program cut;
  cut.value_names_ = value_names_;
  cut.weights_ = weights_;
  cut.declarations_ = declarations_;
  for (const std::string& name : outputs) {
    cut.outputs_.push_back(value(name));
    needed[index(cut.outputs_.back())] = true;
  }
  for (auto node = nodes_.rbegin(); node != nodes_.rend(); ++node) {
    if (!needed[index(node->dst)] || provided[index(node->dst)]) continue;
    needed[index(node->dst)] = false;  // computed here, so no longer required as an input
    for (const ValueId src : node->srcs) needed[index(src)] = true;
    cut.nodes_.push_back(*node);
  }
  std::reverse(cut.nodes_.begin(), cut.nodes_.end());
  for (std::size_t id = 0; id < needed.size(); ++id) {
    if (!needed[id]) continue;
    if (!provided[id]) {
      fail(Code::invalid_argument,
           "the cut needs value '{}', which is neither computed nor provided", (*value_names_)[id]);
    }
    cut.inputs_.push_back(static_cast<ValueId>(id));
  }
  cut.finish();
  return cut;
}

std::vector<std::string> Program::input_names() const {
  std::vector<std::string> names;
  for (const ValueId id : inputs_) names.push_back(name_of(id));
  return names;
}

std::vector<std::string> Program::output_names() const {
  std::vector<std::string> names;
  for (const ValueId id : outputs_) names.push_back(name_of(id));
  return names;
}

void Program::finish() {
  id_ = new_id();
  std::vector<bool> read_later(value_count());
  for (const ValueId id : outputs_) read_later[index(id)] = true;
  last_reads_.assign(nodes_.size(), {});
  for (std::size_t i = nodes_.size(); i-- > 0;) {
    for (const ValueId src : nodes_[i].srcs) {
      if (read_later[index(src)]) continue;
      read_later[index(src)] = true;
      last_reads_[i].push_back(src);
    }
  }
}

}  // namespace latentrt::nn
