#pragma once
/// Models whose configuration files are strings in memory.

#include "components/family_table.hpp"
#include "pipeline/pipeline_state.hpp"

namespace latentrt::pipeline {

/// Throws Error that names the architecture, component and field, as for files.
ModelConfigs configs_of(const FamilyPtr& family, const Architecture& architecture);

/// The architecture with that name. Throws Error(invalid_argument) that lists the known names.
ModelConfigs published_configs(const FamilyTable& table, std::string_view architecture);

}  // namespace latentrt::pipeline
