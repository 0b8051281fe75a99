#include "cli/pictures/png_chunks.hpp"

#include <sys/types.h>

#include <algorithm>
#include <cstring>

namespace latentrt::cli {
namespace {

constexpr std::uint64_t kChecksumBytes = 4;
constexpr std::uint64_t kMostExif = 1u << 16;  // bytes; the limit of JPEG
// the bit of a lower-case letter: set in the first letter of the type of optional chunks
constexpr std::uint8_t kAncillary = 0x20;

}  // namespace

bool PngChunks::read(std::span<std::uint8_t> dst) {
  while (!dst.empty()) {
    if (head_left_ == 0 && body_left_ == 0 && !begin_next()) return false;
    std::size_t count = std::min(dst.size(), head_left_);
    if (count > 0) {
      std::copy_n(head_.end() - head_left_, count, dst.begin());
      head_left_ -= count;
    } else {
      count = static_cast<std::size_t>(std::min<std::uint64_t>(dst.size(), body_left_));
      if (std::fread(dst.data(), 1, count, file_) != count) return false;
      body_left_ -= count;
    }
    dst = dst.subspan(count);
  }
  return true;
}

const std::vector<std::uint8_t>& PngChunks::find_exif() {
  while (exif_.empty() && skip(body_left_) && begin_next()) {
  }
  return exif_;
}

/// The signature first, then each chunk that is kept.
bool PngChunks::begin_next() {
  while (true) {
    if (std::fread(head_.data(), 1, head_.size(), file_) != head_.size()) return false;
    head_left_ = head_.size();
    if (!begun_) return begun_ = true;
    const std::uint64_t size =
        std::uint64_t{head_[0]} << 24 | head_[1] << 16 | head_[2] << 8 | head_[3];
    body_left_ = size + kChecksumBytes;
    const std::uint8_t* const type = head_.data() + 4;
    if ((*type & kAncillary) == 0) return true;
    const bool is_exif = std::memcmp(type, "eXIf", 4) == 0;
    if (is_exif && exif_.empty() && size <= kMostExif && !keep_exif(size)) return false;
    if (!skip(body_left_)) return false;
  }
}

bool PngChunks::keep_exif(std::uint64_t size) {
  exif_.resize(static_cast<std::size_t>(size));
  body_left_ -= size;
  return std::fread(exif_.data(), 1, exif_.size(), file_) == exif_.size();
}

bool PngChunks::skip(std::uint64_t bytes) {
  head_left_ = 0;
  body_left_ = 0;
  return fseeko(file_, static_cast<off_t>(bytes), SEEK_CUR) == 0;
}

}  // namespace latentrt::cli
