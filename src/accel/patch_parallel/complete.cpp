#include "accel/patch_parallel/complete.hpp"

#include <algorithm>
#include <variant>

namespace latentrt::accel {

std::set<nn::ValueId> complete_values(const nn::Program& program) {
  constexpr std::size_t kHeight = 2;
  const nn::InputSpec& own = program.declared(program.band_input());
  std::set<nn::ValueId> complete;
  for (const nn::ValueId id : program.inputs()) {
    if (!program.declares(program.name_of(id))) continue;
    const nn::InputSpec& input = program.declared(program.name_of(id));
    if (input.space == nn::Space::band && input.dims[kHeight] == own.dims[kHeight])
      complete.insert(id);
  }
  for (const nn::Node& node : program.nodes()) {
    const bool joins = std::holds_alternative<nn::Concat>(node.op);
    const auto is_complete = [&](nn::ValueId src) { return complete.contains(src); };
    if (joins && std::ranges::all_of(node.srcs, is_complete)) complete.insert(node.dst);
  }
  return complete;
}

}  // namespace latentrt::accel
