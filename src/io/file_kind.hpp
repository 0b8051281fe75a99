#pragma once
/// Identifies what a file really contains, whatever its name.

#include <string_view>

#include "base/input_file.hpp"

namespace latentrt::io {

/// For files that are not safetensors: throws Error(unsafe_file or bad_file), one sentence with the
/// remedy, if the file begins like a format that often takes its place: pickles and archives (which
/// can run code when they are read), responses of a download site (web pages, JSON), Git LFS
/// pointers, pictures, other weight formats, an empty file. Returns otherwise.
void refuse_other_formats(const InputFile& file);

/// As above, for a file that should be text; JSON and empty texts are accepted.
void refuse_other_text(std::string_view content, const std::filesystem::path& file);

}  // namespace latentrt::io
