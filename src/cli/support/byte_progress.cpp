#include "cli/support/byte_progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>

namespace latentrt::cli {
namespace {

constexpr std::uint64_t kLeast = 64u << 20, kMebibyte = 1u << 20;
constexpr std::uint64_t kWidth = 32, kWhole = 100;

}  // namespace

ByteProgress::ByteProgress(bool quiet) : shown_(!quiet && isatty(STDERR_FILENO) != 0) {}

ByteProgress::~ByteProgress() {
  if (drawn_) fmt::print(stderr, "\n");
}

void ByteProgress::operator()(std::uint64_t done, std::uint64_t all) {
  if (!shown_ || all < kLeast) return;
  const std::uint64_t percent = done / (all / kWhole);
  if (drawn_ && percent == percent_) return;
  percent_ = percent;
  drawn_ = true;
  const auto filled = static_cast<std::size_t>(done / (all / kWidth));
  const std::string bar(std::min<std::size_t>(filled, kWidth), '=');
  fmt::print(stderr, "\r[{:<{}}] {}/{} MiB ", bar, kWidth, done / kMebibyte, all / kMebibyte);
  std::fflush(stderr);
}

}  // namespace latentrt::cli
