#include "sampling/row_outputs.hpp"

namespace latentrt::sampling {

nn::NamedTensors in_row_order(const Plan& plan, const Call& call, const Groups& groups,
                              const std::vector<nn::NamedTensors>& parts) {
  nn::NamedTensors all;
  for (const std::string& name : plan.denoiser.program->output_names()) {
    std::vector<SharedRow> rows(call.rows.size());
    for (std::size_t g = 0; g < groups.size(); ++g)
      for (std::size_t i = 0; i < groups[g].rows.size(); ++i)
        rows[static_cast<std::size_t>(groups[g].rows[i])] = {parts[g].at(name),
                                                             static_cast<std::int64_t>(i)};
    all[name] = joined(rows);
  }
  return all;
}

Outputs outputs_of(const Plan& plan, const Call& call, State& state,
                   const nn::NamedTensors& of_rows) {
  Outputs outputs;
  Rows rows = rows_with(call.rows, Role::conditional);
  for (const std::string& name : plan.denoiser.program->output_names())
    outputs.conditional[name] = select_rows(of_rows.at(name), rows);
  if (!call.guided()) return outputs;
  for (const std::int64_t row : rows_with(call.rows, Role::unconditional)) {
    const std::int64_t item = call.rows[static_cast<std::size_t>(row)].item;
    rows[static_cast<std::size_t>(item)] = row;
  }
  outputs.unconditional = plan.guidance_rule->unconditional(
      state, call, select_rows(of_rows.at(plan.denoiser.program->main_output()), rows));
  return outputs;
}

}  // namespace latentrt::sampling
