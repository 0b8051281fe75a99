#pragma once

#include "base/input_file.hpp"

namespace latentrt::io {

/// Throws Error(unsafe_file or bad_file) with advice when the file begins like a known format that
/// is not safetensors: pickles and archives (which can run code when they are read), web pages, Git
/// LFS pointers. Returns otherwise.
void refuse_other_formats(const InputFile& file);

}  // namespace latentrt::io
