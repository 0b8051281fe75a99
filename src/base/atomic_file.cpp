#include "base/atomic_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <tuple>
#include <utility>

#include "base/fail.hpp"

namespace latentrt {
namespace {

/// Renaming over a device or a pipe would replace it.
void refuse_special(const std::filesystem::path& target) {
  struct stat info {};
  if (stat(target.c_str(), &info) == 0 && !S_ISREG(info.st_mode)) {
    fail(Code::invalid_argument, "{}: exists and is not a regular file", target.string());
  }
}

/// A new file; names that are taken (by another thread, or left by a killed process) are passed
/// over.
std::pair<int, std::filesystem::path> create_beside(const std::filesystem::path& target) {
  constexpr mode_t kMode =
      0666;  // the process's umask takes away what the user does not want to grant
  constexpr int kAttempts = 1000;
  std::pair<int, std::filesystem::path> created{-1, {}};
  for (int i = 0; i < kAttempts; ++i) {
    created.second = target;
    created.second += fmt::format(".{}-{}.part", getpid(), i);
    created.first = open(created.second.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kMode);
    if (created.first >= 0 || errno != EEXIST) break;
  }
  return created;
}

}  // namespace

AtomicFile::AtomicFile(std::filesystem::path target) : target_(std::move(target)) {
  refuse_special(target_);
  std::tie(descriptor_, temporary_) = create_beside(target_);
  if (descriptor_ < 0) refuse();
}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  close(descriptor_);
  unlink(temporary_.c_str());
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) refuse();
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
}

void AtomicFile::commit() {
  if (fsync(descriptor_) != 0) refuse();
  if (rename(temporary_.c_str(), target_.c_str()) != 0) refuse();
  close(std::exchange(descriptor_, -1));
}

void AtomicFile::refuse() const {
  fail(Code::io_error, "{}: could not be written: {}", target_.string(), std::strerror(errno));
}

}  // namespace latentrt
