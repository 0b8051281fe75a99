#include "cli/pictures/natural_order.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace latentrt::cli {
namespace {

TEST(NaturalOrder, DigitsAreNumbers) {
  const std::string huge(40, '9');
  const std::vector<std::string> sorted{"",      "1",   "01",       "2.png",     "10.png",
                                        "f.png", "f1",  "f1a9",     "f1a10",     "f2",
                                        "f002",  "f10", "f" + huge, "f1" + huge, "fa"};
  std::vector<std::string> names(sorted.rbegin(), sorted.rend());
  std::ranges::sort(names, natural_less);
  EXPECT_EQ(names, sorted);
}

TEST(NaturalOrder, IsAStrictOrder) {
  const std::vector<std::string> names{"",    "0",    "00",    "0a",    "00a", "a0",
                                       "a00", "a0b0", "a00b0", "a0b00", "10",  "9"};
  for (const std::string& a : names) {
    for (const std::string& b : names)
      EXPECT_EQ(natural_less(a, b) + natural_less(b, a), a != b) << a << ' ' << b;
  }
}

}  // namespace
}  // namespace latentrt::cli
