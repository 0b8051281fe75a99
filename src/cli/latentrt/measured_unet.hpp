#pragma once
/// Reads profiles of the denoiser from files.

#include <latentrt/patch.hpp>
#include <string>

namespace latentrt::cli {

/// Reads the output of `latentrt-bench --profile --json`. Throws Error: not_found; bad_file with
/// the reason.
MeasuredUnet read_measured_unet(const std::string& file);

}  // namespace latentrt::cli
