#pragma once
/// Typed scheduler options from a scheduler_config.json and from `key=value` texts.

#include <latentrt/spec.hpp>

#include "io/json.hpp"
#include "schedule/schedule.hpp"

namespace latentrt::pipeline {

/// The keys that are present and not null; underscored ones (`_class_name`) and nested objects are left out.
schedule::Options options_from_config(const io::Config& config);

/// "true"/"false", a number, numbers separated by '/', or text.
schedule::Options options_from_spec(const Spec& spec);

}  // namespace latentrt::pipeline
