#pragma once
/// Denoisers that read channels in addition to the latents: a mask, a picture, a depth map.

#include <cstdint>

#include "nn/program/program.hpp"

namespace latentrt::pipeline {

/// The name of the input that has those channels.
inline constexpr const char* kConcatInput = "concat";

/// The network with its picture input split in two: its input "sample" has the first `latents`
/// channels, and "concat" [rows,channels - latents,height,width] the others, which change only with
/// the request. Returns the network itself if it has no other channels.
nn::Program with_concat_input(nn::Program network, std::int64_t latents);

}  // namespace latentrt::pipeline
