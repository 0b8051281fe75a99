#pragma once
/// ClassEmbedder as a component.

#include "components/component.hpp"

namespace latentrt::pipeline {

inline constexpr const char* kClassEmbedderClass = "ClassEmbedder";

/// The configuration of an embedding table; `has_none`: the last row is the null class.
std::string class_embedder_config(std::int64_t rows, std::int64_t channels, bool has_none);

/// The folder may have no configuration: it is then inferred from its only tensor.
ComponentClass class_embedder_class();

}  // namespace latentrt::pipeline
