/// Two fmt versions in one program would break the one-definition rule, and the linker would not
/// report it.

#include <ATen/core/Tensor.h>
#include <fmt/core.h>
#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <string>

int fmt_version_of_core();

namespace {

/// FMT_VERSION as LibTorch's own copy defines it; 0 if it has no copy (or one without base.h,
/// before fmt 11).
int fmt_version_of_libtorch() {
  std::ifstream header(std::string(LATENTRT_TORCH_INCLUDE_DIR) + "/fmt/base.h");
  const std::regex definition("#define FMT_VERSION ([0-9]+)");
  std::smatch match;
  for (std::string line; std::getline(header, line);) {
    if (std::regex_search(line, match, definition)) return std::stoi(match[1]);
  }
  return 0;
}

TEST(FmtVersion, IsTheSameInEveryLayer) { EXPECT_EQ(fmt_version_of_core(), FMT_VERSION); }

TEST(FmtVersion, IsTheOneThatLibTorchCarries) {
  const int version = fmt_version_of_libtorch();
  if (version == 0) GTEST_SKIP() << "this LibTorch carries no fmt headers";
  EXPECT_EQ(version, FMT_VERSION);
}

}  // namespace
