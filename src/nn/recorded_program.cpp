#include "nn/recorded_program.hpp"

#include <algorithm>

#include "base/fail.hpp"

namespace latentrt::nn {

RecordedProgram::RecordedProgram(const Program& program, const BoundWeights& weights,
                                 const OpSet& ops, const NamedTensors& inputs,
                                 const Recorder& record)
    : program_(program) {
  NamedTensors places;
  for (const std::string& name : program.input_names()) {
    const auto found = inputs.find(name);
    if (found == inputs.end())
      fail(Code::invalid_argument, "the network's input '{}' is missing", name);
    places[name] = found->second.clone();
    inputs_[name] = {places[name], found->second};
  }
  graph_ = record([&] { outputs_ = nn::run(program, weights, ops, places); });
}

bool RecordedProgram::fits(const Program& program, const NamedTensors& inputs) const {
  return &program == &program_ && std::ranges::all_of(inputs_, [&](const auto& input) {
    const auto given = inputs.find(input.first);
    const at::Tensor& place = input.second.place;
    return given != inputs.end() && given->second.sizes() == place.sizes() &&
           given->second.scalar_type() == place.scalar_type();
  });
}

NamedTensors RecordedProgram::run(const NamedTensors& inputs) {
  for (auto& [name, input] : inputs_) {
    const at::Tensor& given = inputs.at(name);
    if (given.is_same(input.source)) continue;
    input.place.copy_(given);
    input.source = given;
  }
  graph_->launch();
  NamedTensors outputs;
  for (const auto& [name, value] : outputs_) outputs[name] = value.clone();
  return outputs;
}

}  // namespace latentrt::nn
