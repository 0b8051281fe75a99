#pragma once
/// What a user should know of a loaded model without having asked.

#include <fmt/format.h>

#include <cstdio>
#include <latentrt/pipeline.hpp>

namespace latentrt::cli {

/// PipelineInfo::notes on stderr, a line each.
inline void print_notes(const PipelineInfo& info) {
  for (const std::string& note : info.notes) fmt::print(stderr, "{}\n", note);
}

}  // namespace latentrt::cli
