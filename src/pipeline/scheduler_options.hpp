#pragma once
/// Typed scheduler options from a scheduler_config.json.

#include "io/json.hpp"
#include "schedule/schedule.hpp"

namespace latentrt::pipeline {

/// The keys that are present and not null; keys that begin with an underscore (`_class_name`) and
/// nested objects are omitted.
schedule::Options options_from_config(const io::Config& config);

}  // namespace latentrt::pipeline
