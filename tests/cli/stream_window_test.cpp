/// The window example, on a virtual display.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "cli/latentrt_fixture.hpp"

namespace latentrt::testing {
namespace {

/// A file with 32 bits per pixel, rows from the bottom, as SDL writes it.
class Bitmap {
 public:
  explicit Bitmap(std::string bytes) : bytes_(std::move(bytes)) {}
  int width() const { return number(18); }
  int height() const { return number(22); }

  /// Pixels in these columns that are mostly red.
  int red_pixels(int from, int to) const {
    int count = 0;
    for (int y = 0; y < height(); ++y) {
      for (int x = from; x < to; ++x) {
        const auto* const bgra = reinterpret_cast<const unsigned char*>(bytes_.data()) +
                                 number(10) + 4 * (y * width() + x);
        if (bgra[2] > 150 && bgra[1] < 100 && bgra[0] < 100) ++count;
      }
    }
    return count;
  }

 private:
  std::int32_t number(std::size_t at) const {
    std::int32_t value = 0;
    std::memcpy(&value, bytes_.data() + at, sizeof value);
    return value;
  }

  std::string bytes_;
};

/// On the left the drawn scene, which is blue; on the right the model's picture for the prompt,
/// which is red.
TEST_F(Latentrt, StreamWindowExample) {
  if (!std::filesystem::exists(LATENTRT_BINARY_DIR "/examples/stream_window"))
    GTEST_SKIP() << "it was not built: SDL2 is missing";
  if (std::system("command -v xvfb-run >/dev/null") != 0)
    GTEST_SKIP() << "xvfb-run is missing, which gives it a display";
  const std::string file = (folder_ / "window.bmp").string();
  const Outcome outcome =
      run_example("stream_window", {kModel + "-lcm", "8", file}, "xvfb-run --auto-servernum");
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const Bitmap window(content_of(file));
  ASSERT_EQ(window.width(), 2 * window.height());
  EXPECT_EQ(window.red_pixels(0, window.width() / 2), 0);
  EXPECT_GT(window.red_pixels(window.width() / 2, window.width()), 1000);
}

}  // namespace
}  // namespace latentrt::testing
