#pragma once
/// Adapter files resolved to the weights that they change.

#include <latentrt/pipeline.hpp>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "components/component.hpp"
#include "io/lora/lora_file.hpp"
#include "nn/weights/weights.hpp"

namespace latentrt::pipeline {

class LoraSet {
 public:
  /// Opens the files. Throws Error that names the file.
  LoraSet(const std::vector<Lora>& loras, io::Pickles pickles);

  bool empty() const noexcept { return files_.empty(); }

  /// What the files do to a component's weights, of which `program` is one; an empty function when
  /// that is nothing. To be asked once for each Program. Throws Error(invalid_argument) that names
  /// tensors and shapes when a factor does not fit.
  nn::WeightEdit edit_of(const Component& component, const nn::Program& program);

  /// A sentence for each file that lists what no component asked for has a place for. Throws
  /// Error(invalid_argument) with that sentence for a file of which nothing is used.
  std::vector<std::string> report_unused() const;

 private:
  struct OpenFile {
    io::LoraFile file;
    double scale;
    std::set<std::string> unused;
  };
  std::vector<OpenFile> files_;
};

}  // namespace latentrt::pipeline
