#pragma once
/// Finds the directory of a zip archive with the records at the end of the file.

#include <cstdint>

#include "base/input_file.hpp"

namespace latentrt::io {

struct ZipDirectoryRange {
  std::uint64_t entries = 0, begin = 0, bytes = 0;
};

/// Also reads the 64-bit records. The range lies in the file and before those records. Throws
/// Error(bad_file).
ZipDirectoryRange find_zip_directory(const InputFile& file);

}  // namespace latentrt::io
