#pragma once
/// ClassEmbedder as a component.

#include "components/component.hpp"

namespace latentrt::pipeline {

inline constexpr const char* kClassEmbedderClass = "ClassEmbedder";

/// The configuration of a table; `has_none`: its last row means no class.
std::string class_embedder_config(std::int64_t rows, std::int64_t channels, bool has_none);

/// Its folder may have no configuration: what its one tensor says is enough.
ComponentClass class_embedder_class();

}  // namespace latentrt::pipeline
