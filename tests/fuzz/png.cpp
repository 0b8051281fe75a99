/// PNG files, and pictures resampled to a model's size.
#include "cli/support/png.hpp"

#include "cli/support/resize.hpp"
#include "fuzz/check.hpp"
#include "support/temp_dir.hpp"

using namespace latentrt;

namespace {

constexpr int kSide = 24;

std::size_t bytes_of(int width, int height) {
  return 3 * static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
}

void check(const Image& image) {
  fuzz::require(image.width > 0 && image.height > 0, "a picture has pixels");
  fuzz::require(image.pixels.size() == bytes_of(image.width, image.height), "three bytes a pixel");
  const Image small = cli::resize(image, kSide, kSide);
  fuzz::require(small.pixels.size() == bytes_of(kSide, kSide), "the size that was asked for");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const testing::TempDir folder;
  const auto path = folder.write("picture.png", fuzz::text_of(data, size));
  fuzz::refusable([&] { check(cli::read_png(path)); });
  return 0;
}
