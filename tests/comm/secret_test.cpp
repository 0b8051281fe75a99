/// Sources of the ranks' secret, and its protection from other users.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <set>
#include <thread>

#include "comm/rendezvous/secret.hpp"
#include "comm/rendezvous/secret_file.hpp"
#include "support/expect_error.hpp"
#include "support/temp_dir.hpp"

namespace latentrt::comm {
namespace {

namespace fs = std::filesystem;

const std::string kText(64, 'a');
const std::array<std::byte, 3> kWords{std::byte{1}, std::byte{2}, std::byte{3}};

Variables these(std::map<std::string, std::string> set) {
  return [set](const char* name) -> std::optional<std::string> {
    const auto found = set.find(name);
    return found == set.end() ? std::nullopt : std::optional(found->second);
  };
}

Mac mac(const Secret& secret) { return secret.mac_of(kWords); }

unsigned mode_of(const fs::path& path) {
  struct stat facts {};
  EXPECT_EQ(::stat(path.c_str(), &facts), 0) << path;
  return facts.st_mode & 07777U;
}

class SecretFile : public ::testing::Test {
 protected:
  /// A file of that mode.
  fs::path file(unsigned mode, const std::string& text = kText + "\n") const {
    const fs::path path = folder_.write("secret", text);
    ::chmod(path.c_str(), mode);
    return path;
  }

  testing::TempDir folder_;
};

TEST(Secret, IsOfTheEnvironment) {
  const Secret one = find_secret(these({{"LATENTRT_RANK_SECRET", kText}}));
  EXPECT_EQ(mac(one), mac(Secret(kText, "")));
  EXPECT_NE(mac(one), mac(Secret(kText + "b", "")));
  EXPECT_TRUE(one.made(mac(one), kWords));
  EXPECT_FALSE(one.made(mac(Secret(kText + "b", "")), kWords));
}

TEST(Secret, IsNotShort) {
  EXPECT_ERROR(Code::invalid_argument, "LATENTRT_RANK_SECRET has 31 characters",
               find_secret(these({{"LATENTRT_RANK_SECRET", std::string(31, 'a')}})));
}

TEST_F(SecretFile, IsNamedByTheEnvironment) {
  const Secret one = find_secret(these({{"LATENTRT_RANK_SECRET_FILE", file(0600)}}));
  EXPECT_EQ(mac(one), mac(Secret(kText, "")));
}

TEST_F(SecretFile, OfOthersIsRefused) {
  for (const unsigned mode : {0644U, 0640U, 0602U}) {
    EXPECT_ERROR(Code::invalid_argument, "chmod 600 it", read_secret_file(file(mode)));
  }
  EXPECT_ERROR(Code::invalid_argument, "is not a file", read_secret_file(folder_.path()));
  EXPECT_ERROR(Code::io_error, "No such file", read_secret_file(folder_ / "none"));
  fs::create_symlink(file(0600), folder_ / "link");
  EXPECT_ERROR(Code::io_error, "link", read_secret_file(folder_ / "link"));
  EXPECT_ERROR(Code::invalid_argument, "has 0 characters",
               find_secret(these({{"LATENTRT_RANK_SECRET_FILE", file(0600, "")}})));
}

TEST_F(SecretFile, OfAnotherUserIsRefused) {
  const fs::path other = file(0600);
  if (::chown(other.c_str(), ::geteuid() + 1, static_cast<gid_t>(-1)) != 0)
    GTEST_SKIP() << "only root gives files away";
  EXPECT_ERROR(Code::invalid_argument, "belongs to user", read_secret_file(other));
}

TEST_F(SecretFile, IsMadeForOneUserOnly) {
  const auto variables = these({{"XDG_STATE_HOME", folder_ / "state"}});
  const Secret first = find_secret(variables), again = find_secret(variables);
  EXPECT_EQ(mac(first), mac(again));
  const fs::path made = folder_ / "state/latentrt/rank_secret";
  EXPECT_EQ(own_secret_file(variables), made);
  EXPECT_EQ(mode_of(made), 0600U);
  EXPECT_EQ(mode_of(made.parent_path()), 0700U);
  EXPECT_EQ(testing::content_of(made).size(), 65U);
  EXPECT_NE(mac(first), mac(find_secret(these({{"HOME", folder_.path()}}))));
  EXPECT_TRUE(fs::exists(folder_ / ".local/state/latentrt/rank_secret"));
}

TEST_F(SecretFile, IsTheSameForAllWhoMakeItAtOnce) {
  const fs::path made = folder_ / "latentrt/rank_secret";
  std::vector<std::string> texts(8);
  {
    std::vector<std::jthread> threads;
    for (std::string& text : texts)
      threads.emplace_back([&] { text = read_or_make_secret_file(made); });
  }
  EXPECT_EQ(std::set(texts.begin(), texts.end()).size(), 1U);
  EXPECT_EQ(std::distance(fs::directory_iterator(made.parent_path()), {}), 1) << "drafts are gone";
}

TEST_F(SecretFile, InAFolderOfOthersIsRefused) {
  const fs::path shared = folder_ / "latentrt";
  fs::create_directory(shared);
  ::chmod(shared.c_str(), 0777);
  EXPECT_ERROR(Code::invalid_argument, "chmod 700 it",
               read_or_make_secret_file(shared / "rank_secret"));
  EXPECT_TRUE(fs::is_empty(shared));
}

}  // namespace
}  // namespace latentrt::comm
