#pragma once
/// CLIPTextModel and CLIPTextModelWithProjection as components.

#include "components/component.hpp"

namespace latentrt::pipeline {

inline constexpr const char* kClipClass = "CLIPTextModel";
inline constexpr const char* kProjectingClipClass = "CLIPTextModelWithProjection";

std::vector<ComponentClass> clip_classes();
ComponentClass projecting_clip_class();

}  // namespace latentrt::pipeline
