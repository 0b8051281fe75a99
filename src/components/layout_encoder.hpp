#pragma once
/// The transformer over tokens of boxes as a component.

#include "components/component.hpp"
#include "components/layout_tokens.hpp"

namespace latentrt::pipeline {

/// LDMBertModel, the same network that encodes prompts.
ComponentClass layout_encoder_class();

/// For a component of that class.
LayoutVocabulary layout_vocabulary(const Component& encoder);

}  // namespace latentrt::pipeline
