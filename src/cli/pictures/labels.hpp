#pragma once
/// Pictures whose values are class indices.

#include <filesystem>
#include <latentrt/semantic.hpp>

namespace latentrt::cli {

/// The palette indices, or the stored grey values, of a PNG file with up to 8 bits per pixel.
/// Throws Error(not_found, bad_file, unsupported).
LabelMap read_labels(const std::filesystem::path& file);

}  // namespace latentrt::cli
