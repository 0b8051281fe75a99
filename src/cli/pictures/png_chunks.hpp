#pragma once
/// Filters the chunks of a PNG file for its decoder.

#include <array>
#include <cstdint>
#include <cstdio>
#include <span>
#include <vector>

namespace latentrt::cli {

/// The bytes of a PNG file without the chunks that do not determine its pixels: text, profiles,
/// private ones, of any length. They are skipped and never loaded, except for the first eXIf chunk.
class PngChunks {
 public:
  /// `file` is borrowed and read from its beginning.
  explicit PngChunks(std::FILE* file) : file_(file) {}

  /// Fills `dst` with the next bytes. False if the file ends before.
  bool read(std::span<std::uint8_t> dst);

  /// Content of the eXIf chunk, which may follow the pixels; empty if there is none.
  const std::vector<std::uint8_t>& find_exif();

 private:
  bool begin_next();
  bool keep_exif(std::uint64_t size);
  bool skip(std::uint64_t bytes);

  std::FILE* file_;
  bool begun_ = false;
  std::array<std::uint8_t, 8> head_{};  ///< the signature, or a chunk's length and type
  std::size_t head_left_ = 0;           ///< bytes of `head_` that were not returned yet
  std::uint64_t body_left_ = 0;  ///< remaining bytes of the chunk in the file, with its checksum
  std::vector<std::uint8_t> exif_;
};

}  // namespace latentrt::cli
