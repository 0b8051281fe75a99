#pragma once
/// AutoencoderKL and AutoencoderTiny as components.

#include "components/component.hpp"

namespace latentrt::pipeline {

inline constexpr const char* kKlClass = "AutoencoderKL";
inline constexpr const char* kTinyClass = "AutoencoderTiny";

std::vector<ComponentClass> autoencoder_classes();

}  // namespace latentrt::pipeline
