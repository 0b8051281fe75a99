#pragma once
/// Versions of the libraries that a figure was measured with.

#include <nlohmann/json.hpp>

namespace latentrt::cli {

/// {"LibTorch": "2.11.0", "CUDA runtime": "13.0", ...}
nlohmann::ordered_json library_versions();

}  // namespace latentrt::cli
