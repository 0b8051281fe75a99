#include "base/input_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <numeric>

#include "support/expect_error.hpp"
#include "support/temp_dir.hpp"

namespace {

/// What the system is made to do to the next reads.
struct Troubles {
  int interruptions = 0;
  std::size_t most_bytes = SIZE_MAX;
};

thread_local Troubles troubles;

}  // namespace

/// Stands in for the C library's function in this program.
extern "C" ssize_t pread(int descriptor, void* dst, size_t count, off_t offset) {
  if (troubles.interruptions > 0) {
    --troubles.interruptions;
    errno = EINTR;
    return -1;
  }
  return syscall(SYS_pread64, descriptor, dst, std::min(count, troubles.most_bytes), offset);
}

namespace latentrt {
namespace {

std::string read(const InputFile& file, std::uint64_t offset, std::size_t count) {
  std::string text(count, '\0');
  file.read(offset, std::as_writable_bytes(std::span(text)));
  return text;
}

TEST(InputFile, ReadsAtAnyPosition) {
  const testing::TempDir dir;
  const InputFile file(dir.write("a", "0123456789"));
  EXPECT_EQ(file.size(), 10u);
  EXPECT_EQ(file.path(), dir / "a");
  EXPECT_EQ(read(file, 7, 3), "789");
  EXPECT_EQ(read(file, 0, 2), "01");
  EXPECT_EQ(read(file, 10, 0), "");
}

TEST(InputFile, ShortCountsAndInterruptionsAreRetried) {
  const testing::TempDir dir;
  const InputFile file(dir.write("a", "0123456789"));
  troubles = {.interruptions = 3, .most_bytes = 3};
  EXPECT_EQ(read(file, 0, 10), "0123456789");
  EXPECT_EQ(troubles.interruptions, 0);
  troubles = {};
}

TEST(InputFile, AMissingFileIsNotFound) {
  const testing::TempDir dir;
  EXPECT_ERROR(Code::not_found, (dir / "none").string(), InputFile(dir / "none"));
  dir.write("a", "x");
  EXPECT_ERROR(Code::not_found, (dir / "a/b").string(), InputFile(dir / "a/b"));
}

TEST(InputFile, SpecialFilesAreRefusedWithoutWaiting) {
  const testing::TempDir dir;
  ASSERT_EQ(mkfifo((dir / "pipe").c_str(), 0600), 0);
  EXPECT_ERROR(Code::bad_file, (dir / "pipe").string() + ": not a regular file",
               InputFile(dir / "pipe"));
  EXPECT_ERROR(Code::bad_file, "not a regular file", InputFile(dir.path()));
  EXPECT_ERROR(Code::bad_file, "/dev/zero: not a regular file", InputFile("/dev/zero"));
}

TEST(InputFile, WhatTheSystemRefusesIsAnIoError) {
  const testing::TempDir dir;
  std::filesystem::create_symlink(dir / "loop", dir / "loop");
  EXPECT_ERROR(Code::io_error, (dir / "loop").string(), InputFile(dir / "loop"));
}

TEST(InputFile, AForbiddenFileIsAnIoError) {
  const testing::TempDir dir;
  if (geteuid() == 0) GTEST_SKIP() << "permissions do not hold for root";
  chmod(dir.write("secret", "x").c_str(), 0);
  EXPECT_ERROR(Code::io_error, (dir / "secret").string(), InputFile(dir / "secret"));
}

TEST(InputFile, AFileThatBecameShorterIsAnIoError) {
  const testing::TempDir dir;
  const InputFile file(dir.write("a", "0123456789"));
  std::filesystem::resize_file(dir / "a", 4);
  EXPECT_ERROR(Code::io_error, "became shorter", read(file, 2, 6));
  EXPECT_EQ(read(file, 2, 2), "23");
}

}  // namespace
}  // namespace latentrt
