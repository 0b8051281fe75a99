/// WebP files, with their EXIF orientation.
#include "cli/pictures/webp.hpp"

#include "fuzz/picture.hpp"
#include "support/temp_dir.hpp"

using namespace latentrt;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const testing::TempDir folder;
  const auto path = folder.write("picture.webp", fuzz::text_of(data, size));
  fuzz::refusable([&] { fuzz::check(cli::read_webp(path)); });
  return 0;
}
