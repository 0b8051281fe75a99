/// PNG files, with their EXIF orientation.
#include "cli/pictures/png.hpp"

#include "fuzz/picture.hpp"
#include "support/temp_dir.hpp"

using namespace latentrt;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const testing::TempDir folder;
  const auto path = folder.write("picture.png", fuzz::text_of(data, size));
  fuzz::refusable([&] { fuzz::check(cli::read_png(path)); });
  return 0;
}
