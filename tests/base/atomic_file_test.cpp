#include "base/atomic_file.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "support/expect_error.hpp"
#include "support/temp_dir.hpp"

namespace latentrt {
namespace {

using testing::content_of;
using testing::TempDir;

void write(AtomicFile& file, std::string_view text) { file.write(std::as_bytes(std::span(text))); }

std::ptrdiff_t files_in(const TempDir& dir) {
  return std::distance(std::filesystem::directory_iterator(dir.path()), {});
}

TEST(AtomicFile, AppearsWholeOnCommit) {
  const TempDir dir;
  AtomicFile file(dir / "out");
  write(file, "one ");
  write(file, "two");
  EXPECT_FALSE(exists(dir / "out"));
  file.commit();
  EXPECT_EQ(content_of(dir / "out"), "one two");
  EXPECT_EQ(files_in(dir), 1);
}

TEST(AtomicFile, TheOldContentStaysUntilCommit) {
  const TempDir dir;
  dir.write("out", "old");
  AtomicFile file(dir / "out");
  write(file, "new");
  EXPECT_EQ(content_of(dir / "out"), "old");
  file.commit();
  EXPECT_EQ(content_of(dir / "out"), "new");
}

TEST(AtomicFile, WithoutCommitNothingIsLeft) {
  const TempDir dir;
  dir.write("out", "old");
  {
    AtomicFile file(dir / "out");
    write(file, "half");
  }
  EXPECT_EQ(content_of(dir / "out"), "old");
  EXPECT_EQ(files_in(dir), 1);
}

TEST(AtomicFile, TwoWritersOfOneTargetDoNotMix) {
  const TempDir dir;
  AtomicFile first(dir / "out"), second(dir / "out");
  write(first, "1111");
  write(second, "22");
  first.commit();
  EXPECT_EQ(content_of(dir / "out"), "1111");
  second.commit();
  EXPECT_EQ(content_of(dir / "out"), "22");
  EXPECT_EQ(files_in(dir), 1);
}

TEST(AtomicFile, DoesNotTouchAFileThatHasItsTemporaryName) {
  const TempDir dir;
  const auto other = dir.write(fmt::format("out.{}-0.part", getpid()), "other");
  AtomicFile file(dir / "out");
  write(file, "mine");
  file.commit();
  EXPECT_EQ(content_of(other), "other");
  EXPECT_EQ(content_of(dir / "out"), "mine");
}

TEST(AtomicFile, GrantsWhatTheUmaskGrants) {
  const TempDir dir;
  const mode_t before = umask(027);
  AtomicFile(dir / "out").commit();
  umask(before);
  struct stat info {};
  ASSERT_EQ(stat((dir / "out").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777u, 0640u);
}

TEST(AtomicFile, AMissingFolderIsAnIoErrorThatNamesTheTarget) {
  const TempDir dir;
  EXPECT_ERROR(Code::io_error, (dir / "none/out").string(), AtomicFile(dir / "none/out"));
}

TEST(AtomicFile, NeverReplacesWhatIsNotARegularFile) {
  const TempDir dir;
  ASSERT_EQ(mkfifo((dir / "pipe").c_str(), 0600), 0);
  std::filesystem::create_symlink("/dev/null", dir / "link");
  EXPECT_ERROR(Code::invalid_argument, "pipe: exists and is not a regular file",
               AtomicFile(dir / "pipe"));
  EXPECT_ERROR(Code::invalid_argument, "not a regular file", AtomicFile(dir.path()));
  EXPECT_ERROR(Code::invalid_argument, "not a regular file", AtomicFile(dir / "link"));
  EXPECT_EQ(files_in(dir), 2);
}

TEST(AtomicFile, AFullDiskLeavesTheOldFileAndNothingElse) {
  const TempDir dir;
  dir.write("out", "old");
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{.rlim_cur = 1000, .rlim_max = before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  {
    AtomicFile file(dir / "out");
    EXPECT_ERROR(Code::io_error, "out: could not be written",
                 (write(file, std::string(5000, 'x')), 0));
  }
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(content_of(dir / "out"), "old");
  EXPECT_EQ(files_in(dir), 1);
}

}  // namespace
}  // namespace latentrt
