#pragma once
/// Profiles of the denoiser in files.

#include <latentrt/patch.hpp>
#include <string>

namespace latentrt::cli {

/// What `latentrt-bench --profile --json` printed. Throws Error: not_found; bad_file that says what is wrong with it.
MeasuredUnet read_measured_unet(const std::string& file);

}  // namespace latentrt::cli
