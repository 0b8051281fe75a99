#include "nn/run/recorded_work.hpp"

#include <algorithm>
#include <utility>

#include "base/fail.hpp"

namespace latentrt::nn {

RecordedWork::RecordedWork(WorkPtr work, const NamedTensors& inputs, const Recorder& record)
    : work_(std::move(work)) {
  for (const std::string& name : work_->inputs) {
    const auto found = inputs.find(name);
    if (found == inputs.end())
      fail(Code::invalid_argument, "the network's input '{}' is missing", name);
    places_[name] = found->second.clone();
    sources_[name] = found->second;
  }
  graph_ = record([this] { outputs_ = work_->run(places_); });
}

bool RecordedWork::fits(const WorkPtr& work, const NamedTensors& inputs) const {
  return work == work_ && std::ranges::all_of(places_, [&](const auto& place) {
           const auto given = inputs.find(place.first);
           return given != inputs.end() && given->second.sizes() == place.second.sizes() &&
                  given->second.scalar_type() == place.second.scalar_type();
         });
}

NamedTensors RecordedWork::run(const NamedTensors& inputs) {
  for (auto& [name, source] : sources_) {
    const at::Tensor& given = inputs.at(name);
    if (given.is_same(source)) continue;
    places_.at(name).copy_(given);
    source = given;
  }
  graph_->launch();
  NamedTensors outputs;
  for (const auto& [name, value] : outputs_) outputs[name] = value.clone();
  return outputs;
}

}  // namespace latentrt::nn
