#include "comm/rendezvous/secret_file.hpp"

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

#include "base/fail.hpp"
#include "base/quote.hpp"
#include "comm/rendezvous/secret.hpp"
#include "comm/tcp/socket.hpp"

namespace latentrt::comm {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxBytes = 4096, kRandomBytes = 32;
constexpr mode_t kOfOthers = 0077, kWritableByOthers = 0022;

[[noreturn]] void fail_of_system(const fs::path& path) {
  fail(Code::io_error, "the secret of ranks {}: {}", quote(path.string()), std::strerror(errno));
}

void check_owner(const fs::path& path, const struct stat& facts) {
  if (facts.st_uid == ::geteuid()) return;
  fail(Code::invalid_argument,
       "{} belongs to user {}, and this process is of user {}: a secret of ranks is its user's own",
       quote(path.string()), facts.st_uid, ::geteuid());
}

void check_file(const fs::path& path, const struct stat& facts) {
  if (!S_ISREG(facts.st_mode))
    fail(Code::invalid_argument, "{} is not a file that a secret can be read from",
         quote(path.string()));
  check_owner(path, facts);
  if ((facts.st_mode & kOfOthers) != 0) {
    fail(Code::invalid_argument,
         "{} has mode {:04o}, so other users may read or write this secret of ranks: chmod 600 it",
         quote(path.string()), facts.st_mode & 07777U);
  }
}

/// Nothing if there is no file.
std::optional<std::string> read_if_there(const fs::path& path) {
  const Socket file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!file && errno == ENOENT) return std::nullopt;
  if (!file) fail_of_system(path);
  struct stat facts {};
  if (::fstat(file.descriptor(), &facts) != 0) fail_of_system(path);
  check_file(path, facts);
  std::string text(kMaxBytes, '\0');
  const ssize_t count = ::read(file.descriptor(), text.data(), text.size());
  if (count < 0) fail_of_system(path);
  text.resize(static_cast<std::size_t>(count));
  return text;
}

/// Whoever may write to the folder may replace the file.
void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder.parent_path(), error);
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) fail_of_system(folder);
  struct stat facts {};
  if (::stat(folder.c_str(), &facts) != 0) fail_of_system(folder);
  check_owner(folder, facts);
  if ((facts.st_mode & kWritableByOthers) != 0) {
    fail(Code::invalid_argument,
         "{} has mode {:04o}, so other users may exchange the secret of ranks in it: chmod 700 it",
         quote(folder.string()), facts.st_mode & 07777U);
  }
}

std::string random_text() {
  std::array<std::byte, kRandomBytes> bytes{};
  fill_with_random_bytes(bytes);
  std::string text;
  for (const std::byte byte : bytes) text += fmt::format("{:02x}", static_cast<unsigned>(byte));
  return text + "\n";
}

/// A temporary file of this process with that content, removed at the end of the scope.
class Draft {
 public:
  Draft(const fs::path& target, const std::string& text)
      : path_(fmt::format("{}.{}.{}", target.string(), ::getpid(), random_text().substr(0, 16))) {
    const Socket file(
        ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file) fail_of_system(path_);
    if (::write(file.descriptor(), text.data(), text.size()) != std::ssize(text) ||
        ::fsync(file.descriptor()) != 0)
      fail_of_system(path_);
  }
  ~Draft() { ::unlink(path_.c_str()); }
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;

  const fs::path& path() const noexcept { return path_; }

 private:
  fs::path path_;
};

}  // namespace

std::string read_secret_file(const fs::path& file) {
  auto text = read_if_there(file);
  if (!text) {
    errno = ENOENT;
    fail_of_system(file);
  }
  return *text;
}

fs::path own_secret_file(const Variables& variables) {
  constexpr const char* kName = "latentrt/rank_secret";
  if (const auto state = variables("XDG_STATE_HOME")) return fs::path(*state) / kName;
  std::optional<std::string> home = variables("HOME");
  if (!home) {
    if (const passwd* const user = ::getpwuid(::geteuid())) home = user->pw_dir;
  }
  if (!home) {
    fail(Code::invalid_argument,
         "this user has no home folder for the secret of ranks: set LATENTRT_RANK_SECRET for all");
  }
  return fs::path(*home) / ".local/state" / kName;
}

/// Creating a link is atomic, also on network file systems.
std::string read_or_make_secret_file(const fs::path& file) {
  make_folder(file.parent_path());
  if (auto text = read_if_there(file)) return *text;
  const Draft draft(file, random_text());
  if (::link(draft.path().c_str(), file.c_str()) != 0 && errno != EEXIST) fail_of_system(file);
  return read_secret_file(file);
}

}  // namespace latentrt::comm
