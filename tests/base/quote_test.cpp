#include "base/quote.hpp"

#include <gtest/gtest.h>

#include "base/utf8.hpp"

namespace latentrt {
namespace {

TEST(Quote, ShowsReadableTextAsItIs) {
  EXPECT_EQ(quote("unet.conv_in"), "\"unet.conv_in\"");
  EXPECT_EQ(quote("\xC3\xA4"), "\"\xC3\xA4\"");
}

TEST(Quote, EscapesWhatATerminalWouldObey) {
  for (const std::string text : {"\x1B[2J", "a\nb", "\x7F", "\xC2\x9B", "\xFF\xFE"}) {
    const std::string shown = quote(text);
    EXPECT_FALSE(has_control_characters(shown)) << shown;
    EXPECT_FALSE(first_invalid_utf8(shown)) << shown;
  }
}

TEST(Quote, CutsLongTextBetweenCharacters) {
  const std::string shown = quote("x" + std::string(1'000'000, 'y'));
  EXPECT_LT(shown.size(), 300u);
  EXPECT_TRUE(shown.ends_with("\"..."));
  std::string umlauts = "x";
  for (int i = 0; i < 200; ++i) umlauts += "\xC3\xA4";
  EXPECT_EQ(quote(umlauts).find('\\'), std::string::npos);
}

}  // namespace
}  // namespace latentrt
