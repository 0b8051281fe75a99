#pragma once
/// Files with boxes of objects.

#include <filesystem>
#include <latentrt/layout.hpp>
#include <vector>

namespace latentrt::cli {

/// Reads [{"class": 3, "box": [0.1, 0.2, 0.5, 0.9]}, ...]. Throws Error(not_found, bad_file) that
/// names file and box; the values of boxes are checked later.
std::vector<LayoutBox> read_boxes(const std::filesystem::path& file);

}  // namespace latentrt::cli
