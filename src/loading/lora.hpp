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

  /// The changes of the files to a component's weights; `program` is one of its Programs. An empty
  /// function if there are none. To be called once for each Program. Throws Error(invalid_argument)
  /// that names tensors and shapes if a factor does not fit.
  nn::WeightEdit edit_of(const Component& component, const nn::Program& program);

  /// A sentence for each file that lists its modules that no component has. Throws
  /// Error(invalid_argument) with that sentence for a file without any matching module.
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
