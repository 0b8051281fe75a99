#pragma once
/// From files to a loaded model.

#include "components/family_table.hpp"
#include "pipeline/pipeline_state.hpp"

namespace latentrt::pipeline {

/// See Pipeline::load(); `table` contains the families that are considered.
std::shared_ptr<const Pipeline::State> load(const FamilyTable& table, const Context& context,
                                            const std::filesystem::path& path,
                                            const PipelineOptions& options);

}  // namespace latentrt::pipeline
