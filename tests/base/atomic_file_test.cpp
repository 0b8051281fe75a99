#include "base/atomic_file.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <regex>
#include <set>

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

std::set<std::string> names_in(const TempDir& dir) {
  std::set<std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator(dir.path()))
    found.insert(entry.path().filename());
  return found;
}

/// An attacker could create a link with a predictable name.
TEST(AtomicFile, ItsTemporaryNameIsNoneOrCannotBeForeseen) {
  const TempDir dir;
  std::set<std::string> all;
  std::size_t named = 0;
  for (int i = 0; i < 16; ++i) {
    const AtomicFile file(dir / "out");
    for (const std::string& name : names_in(dir)) {
      EXPECT_TRUE(std::regex_match(name, std::regex("out\\.[0-9a-f]{16}\\.part"))) << name;
      ++named;
    }
    all.merge(names_in(dir));
  }
  EXPECT_EQ(all.size(), named);
}

TEST(AtomicFile, AProcessThatIsKilledLeavesNothing) {
  const TempDir dir;
  {
    const AtomicFile file(dir / "out");
    if (!names_in(dir).empty()) GTEST_SKIP() << "the file system has no files without names";
  }
  dir.write("out", "old");
  const pid_t child = fork();
  if (child == 0) {
    AtomicFile file(dir / "out");
    write(file, "half");
    raise(SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(content_of(dir / "out"), "old");
  EXPECT_EQ(files_in(dir), 1);
}

TEST(AtomicFile, ALinkIsReplacedAndWhatItLeadsToStays) {
  const TempDir dir;
  const auto other = dir.write("other", "kept");
  std::filesystem::create_symlink("other", dir / "out");
  std::filesystem::create_symlink("nowhere", dir / "dangling");
  for (const char* name : {"out", "dangling"}) {
    AtomicFile file(dir / name);
    write(file, "mine");
    file.commit();
    EXPECT_TRUE(is_regular_file(std::filesystem::symlink_status(dir / name))) << name;
    EXPECT_EQ(content_of(dir / name), "mine") << name;
  }
  EXPECT_EQ(content_of(other), "kept");
  EXPECT_EQ(files_in(dir), 3);
}

TEST(AtomicFile, AnotherNameOfTheSameFileKeepsItsContent) {
  const TempDir dir;
  dir.write("out", "old");
  std::filesystem::create_hard_link(dir / "out", dir / "second");
  AtomicFile file(dir / "out");
  write(file, "new");
  file.commit();
  EXPECT_EQ(content_of(dir / "second"), "old");
}

/// The opened folder is written to, even if its path refers to another folder by then.
TEST(AtomicFile, AFolderThatIsExchangedGetsNothing) {
  const TempDir dir;
  std::filesystem::create_directories(dir / "folder");
  std::filesystem::create_directories(dir / "other");
  AtomicFile file(dir / "folder/out");
  write(file, "mine");
  std::filesystem::rename(dir / "folder", dir / "moved");
  std::filesystem::create_directory_symlink("other", dir / "folder");
  file.commit();
  EXPECT_TRUE(std::filesystem::is_empty(dir / "other"));
  EXPECT_EQ(content_of(dir / "moved/out"), "mine");
}

TEST(AtomicFile, PublishedItGrowsInItsPlace) {
  const TempDir dir;
  {
    AtomicFile file(dir / "out");
    write(file, "one ");
    file.publish();
    EXPECT_EQ(content_of(dir / "out"), "one ");
    write(file, "two");
  }
  EXPECT_EQ(content_of(dir / "out"), "one two");
  EXPECT_EQ(files_in(dir), 1);
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
