#include "sampling/guidance.hpp"

#include <algorithm>
#include <utility>

namespace latentrt::sampling {

bool Call::guided() const {
  return std::ranges::any_of(steps, [&](std::size_t step) { return guidance.at(step).active(); });
}

Call make_call(std::size_t index, std::vector<std::size_t> steps, const GuidancePolicy& guidance,
               const GuidanceRule& rule) {
  Call call{index, std::move(steps), guidance, {}};
  const auto add_rows = [&](Role role, const auto& wanted) {
    for (std::int64_t item = 0; item < call.items(); ++item) {
      const std::size_t step = call.steps[static_cast<std::size_t>(item)];
      if (wanted(step)) call.rows.push_back({item, step, role});
    }
  };
  add_rows(Role::unconditional, [&](std::size_t step) {
    return guidance.at(step).active() && rule.has_unconditional_row(step);
  });
  add_rows(Role::conditional, [](std::size_t) { return true; });
  return call;
}

}  // namespace latentrt::sampling
