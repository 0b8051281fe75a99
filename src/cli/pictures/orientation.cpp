#include "cli/pictures/orientation.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace latentrt::cli {
namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr int kUpright = 1, kLast = 8;
constexpr std::size_t kEntryBytes = 12, kValueAt = 8;
constexpr std::uint32_t kMagic = 42, kOrientationTag = 0x0112, kShort = 3;

bool starts_with(Bytes bytes, std::string_view words) {
  return bytes.size() >= words.size() && std::equal(words.begin(), words.end(), bytes.begin());
}

/// Reads unsigned integers of a TIFF structure; returns 0 beyond its end.
class Tiff {
 public:
  explicit Tiff(Bytes bytes) : bytes_(bytes), little_endian_(starts_with(bytes, "II")) {}

  std::uint32_t read(std::size_t at, std::size_t size) const {
    if (at > bytes_.size() || size > bytes_.size() - at) return 0;
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < size; ++i)
      value = value << 8 | bytes_[at + (little_endian_ ? size - 1 - i : i)];
    return value;
  }

 private:
  Bytes bytes_;
  bool little_endian_;
};

}  // namespace

int exif_orientation(Bytes block) noexcept {
  using std::string_view_literals::operator""sv;
  if (const auto prefix = "Exif\0\0"sv; starts_with(block, prefix))
    block = block.subspan(prefix.size());
  if (!starts_with(block, "II") && !starts_with(block, "MM")) return kUpright;
  const Tiff tiff(block);
  if (tiff.read(2, 2) != kMagic) return kUpright;
  const std::size_t directory = tiff.read(4, 4);
  const std::uint32_t entries = tiff.read(directory, 2);
  for (std::uint32_t i = 0; i < entries; ++i) {
    const std::size_t entry = directory + 2 + i * kEntryBytes;
    if (tiff.read(entry, 2) != kOrientationTag) continue;
    const bool one_short = tiff.read(entry + 2, 2) == kShort && tiff.read(entry + 4, 4) == 1;
    const auto value = static_cast<int>(tiff.read(entry + kValueAt, 2));
    return one_short && value >= kUpright && value <= kLast ? value : kUpright;
  }
  return kUpright;
}

Image oriented(Image image, int orientation) {
  constexpr std::array<bool, kLast + 1> kFromRight{0, 0, 1, 1, 0, 0, 0, 1, 1};
  constexpr std::array<bool, kLast + 1> kFromBottom{0, 0, 0, 1, 1, 0, 1, 1, 0};
  if (orientation <= kUpright || orientation > kLast) return image;
  const auto index = static_cast<std::size_t>(orientation);
  const auto width = static_cast<std::size_t>(image.width),
             height = static_cast<std::size_t>(image.height);
  const bool on_its_side = orientation >= 5;
  Image upright{on_its_side ? image.height : image.width, on_its_side ? image.width : image.height,
                std::vector<std::uint8_t>(image.pixels.size())};
  std::uint8_t* dst = upright.pixels.data();
  for (int y = 0; y < upright.height; ++y) {
    for (int x = 0; x < upright.width; ++x) {
      auto column = static_cast<std::size_t>(x), row = static_cast<std::size_t>(y);
      if (on_its_side) std::swap(column, row);
      if (kFromRight[index]) column = width - 1 - column;
      if (kFromBottom[index]) row = height - 1 - row;
      dst = std::copy_n(image.pixels.data() + 3 * (row * width + column), 3, dst);
    }
  }
  return upright;
}

}  // namespace latentrt::cli
