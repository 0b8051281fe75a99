#include "accel/patch_parallel/upsampled.hpp"

namespace latentrt::accel {

std::set<nn::ValueId> upsampled_values(const nn::Program& program) {
  std::set<nn::ValueId> values;
  for (const nn::Node& node : program.nodes()) {
    if (std::holds_alternative<nn::Upsample>(node.op)) values.insert(node.dst);
  }
  return values;
}

}  // namespace latentrt::accel
