#include "text/byte_alphabet.hpp"

#include <gtest/gtest.h>

#include <set>

namespace latentrt::text {
namespace {

TEST(ByteAlphabet, PrintableBytesStandForThemselves) {
  EXPECT_EQ(symbol_of('a'), "a");
  EXPECT_EQ(symbol_of('!'), "!");
  EXPECT_EQ(symbol_of('~'), "~");
  EXPECT_EQ(symbol_of(0xA1), "¡");
  EXPECT_EQ(symbol_of(0xFF), "ÿ");
}

TEST(ByteAlphabet, TheOthersFollowFromU0100) {
  EXPECT_EQ(symbol_of(0x00), "Ā");
  EXPECT_EQ(symbol_of(' '), "Ġ");
  EXPECT_EQ(symbol_of('\n'), "Ċ");
  EXPECT_EQ(symbol_of(0x7F), "ġ");
  EXPECT_EQ(symbol_of(0x80), "Ģ");
  EXPECT_EQ(symbol_of(0xA0), "ł");
  EXPECT_EQ(symbol_of(0xAD), "Ń");
}

TEST(ByteAlphabet, NoTwoBytesShareASymbol) {
  std::set<std::string> symbols;
  for (int byte = 0; byte < 256; ++byte)
    symbols.insert(symbol_of(static_cast<unsigned char>(byte)));
  EXPECT_EQ(symbols.size(), 256u);
}

}  // namespace
}  // namespace latentrt::text
