#pragma once
/// The directory of a zip archive. Entries of torch.save are stored, not compressed, so that no
/// library is needed to unpack them.

#include <cstdint>
#include <string>
#include <vector>

#include "base/input_file.hpp"

namespace latentrt::io {

/// An entry, and the range of bytes in the file that its data takes.
struct ZipEntry {
  std::string name;
  std::uint64_t begin = 0, end = 0;
  std::uint32_t crc = 0;    ///< CRC-32 of the data; 0 if the writer omitted it
  bool compressed = false;  ///< whether the data are compressed

  std::uint64_t size() const noexcept { return end - begin; }
};

/// All entries, in the order of the directory. Nothing is allocated before the limits are checked:
/// at most 100,000 entries, in a directory of at most 64 MiB. The central directory and the local
/// headers must agree, names must be plain and unique, and entries must lie in the file and not
/// overlap. Throws Error(bad_file) that names the file and the entry.
std::vector<ZipEntry> read_zip_directory(const InputFile& file);

}  // namespace latentrt::io
