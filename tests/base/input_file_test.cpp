#include "base/input_file.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <numeric>

#include "support/expect_error.hpp"
#include "support/temp_dir.hpp"

namespace {

/// How the next reads are made to behave.
struct Troubles {
  int interruptions = 0;
  std::size_t most_bytes = SIZE_MAX;
};

thread_local Troubles troubles;

}  // namespace

/// Replaces the C library's function in this program.
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
  const std::filesystem::path file = dir.write("a", "x");
  EXPECT_EXIT(
      {
        const rlimit none{};
        setrlimit(RLIMIT_NOFILE, &none);
        const auto refused =
            testing::throws_error(Code::io_error, file.string() + ": Too many open files",
                                  [&] { const InputFile opened(file); });
        // immediately: without these permissions no check at exit can run
        std::_Exit(refused ? 0 : 1);
      },
      ::testing::ExitedWithCode(0), "");
}

/// In a child that gives up root's privileges, because root ignores permissions.
TEST(InputFile, AForbiddenFileIsABadFile) {
  const testing::TempDir dir;
  const std::filesystem::path secret = dir.write("secret", "x");
  ASSERT_EQ(chmod(secret.c_str(), 0), 0);
  EXPECT_EXIT(
      {
        constexpr uid_t kNobody = 65534;
        const bool bound = geteuid() != 0 || seteuid(kNobody) == 0;
        const bool refused = static_cast<bool>(
            testing::throws_error(Code::bad_file, secret.string() + ": Permission denied",
                                  [&] { const InputFile file(secret); }));
        std::_Exit(bound && refused ? 0 : 1);
      },
      ::testing::ExitedWithCode(0), "");
}

TEST(InputFile, PathsThatCannotBeFollowedAreBadFiles) {
  const testing::TempDir dir;
  std::filesystem::create_symlink("circle", dir / "circle");
  EXPECT_ERROR(Code::bad_file, (dir / "circle").string(), InputFile(dir / "circle"));
  EXPECT_ERROR(Code::bad_file, "File name too long", InputFile(dir / std::string(5000, 'n')));
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
