#pragma once
/// What a file really is, whatever its name says.

#include <string_view>

#include "base/input_file.hpp"

namespace latentrt::io {

/// For files that are no safetensors: throws Error(unsafe_file or bad_file), one sentence with the
/// remedy, when the file begins like a format that takes its place in practice: pickles and archives
/// (which can run code when they are read), what a download site answered (web pages, JSON), Git LFS
/// pointers, pictures, other formats of weights, nothing at all. Returns otherwise.
void refuse_other_formats(const InputFile& file);

/// The same for a file that should be text; JSON and empty texts are let through.
void refuse_other_text(std::string_view content, const std::filesystem::path& file);

}  // namespace latentrt::io
