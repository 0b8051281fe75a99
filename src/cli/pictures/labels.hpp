#pragma once
/// Pictures whose values are numbers of classes.

#include <filesystem>
#include <latentrt/semantic.hpp>

namespace latentrt::cli {

/// The palette indices, or grey values as they are stored, of a PNG file with up to 8 bits a pixel.
/// Throws Error(not_found, bad_file, unsupported).
LabelMap read_labels(const std::filesystem::path& file);

}  // namespace latentrt::cli
