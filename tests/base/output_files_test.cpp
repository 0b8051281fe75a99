#include <gtest/gtest.h>

#include <latentrt/output_files.hpp>
#include <vector>

#include "support/expect_error.hpp"
#include "support/temp_dir.hpp"

namespace latentrt {
namespace {

using testing::content_of;
using testing::TempDir;

const std::vector<std::uint8_t> kBytes{'n', 'e', 'w'};

std::ptrdiff_t files_in(const TempDir& dir) {
  return std::distance(std::filesystem::directory_iterator(dir.path()), {});
}

TEST(OutputFiles, AppearTogether) {
  const TempDir dir;
  OutputFiles files;
  files.write(dir / "a", kBytes);
  files.write(dir / "b", kBytes);
  EXPECT_FALSE(exists(dir / "a") || exists(dir / "b"));
  files.commit();
  EXPECT_EQ(content_of(dir / "a"), "new");
  EXPECT_EQ(content_of(dir / "b"), "new");
  EXPECT_EQ(files_in(dir), 2);
}

TEST(OutputFiles, WithoutCommitNothingChanges) {
  const TempDir dir;
  dir.write("a", "old");
  {
    OutputFiles files;
    files.write(dir / "a", kBytes);
    EXPECT_ERROR(Code::io_error, "none/b", (files.write(dir / "none/b", kBytes), 0));
  }
  EXPECT_EQ(content_of(dir / "a"), "old");
  EXPECT_EQ(files_in(dir), 1);
}

TEST(OutputFiles, FollowNoLink) {
  const TempDir dir;
  const auto other = dir.write("other", "kept");
  std::filesystem::create_symlink(other, dir / "a");
  write_file(dir / "a", kBytes);
  EXPECT_EQ(content_of(other), "kept");
  EXPECT_EQ(content_of(dir / "a"), "new");
}

}  // namespace
}  // namespace latentrt
