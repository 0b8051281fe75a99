#include "base/atomic_file.hpp"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
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

/// Later calls use this descriptor, so replacing the folder meanwhile has no effect.
int open_folder(const std::filesystem::path& target) {
  const std::filesystem::path folder = target.has_parent_path() ? target.parent_path() : ".";
  return open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/// 64 random bits: nobody can create a file or a link of this name in advance.
std::string random_name(const std::string& stem) {
  std::uint64_t bits = 0;
  if (getrandom(&bits, sizeof bits, 0) != sizeof bits) return {};
  return fmt::format("{}.{:016x}.part", stem, bits);
}

/// A file without a name, of which nothing is left however the process ends. -1 if the file system
/// has none, or without /proc, through which the file gets its name.
int create_unnamed(int folder, mode_t mode) {
  if (access("/proc/self/fd", X_OK) != 0) return -1;
  return openat(folder, ".", O_WRONLY | O_TMPFILE | O_CLOEXEC, mode);
}

/// O_EXCL creates a file or fails: it never opens one, and follows no link.
int create_named(int folder, const std::string& name, mode_t mode) {
  return openat(folder, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
}

}  // namespace

AtomicFile::AtomicFile(std::filesystem::path target, mode_t mode) : target_(std::move(target)) {
  refuse_special(target_);
  folder_ = open_folder(target_);
  if (folder_ < 0) refuse();
  descriptor_ = create_unnamed(folder_, mode);
  if (descriptor_ >= 0) return;
  temporary_ = random_name(target_.filename().string());
  if (!temporary_.empty()) descriptor_ = create_named(folder_, temporary_, mode);
  if (descriptor_ >= 0) return;
  const int error = errno;
  close(folder_);
  errno = error;
  refuse();
}

AtomicFile::~AtomicFile() {
  if (descriptor_ >= 0) close(descriptor_);
  if (!temporary_.empty()) unlinkat(folder_, temporary_.c_str(), 0);
  close(folder_);
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
  publish();
  close(std::exchange(descriptor_, -1));
}

void AtomicFile::give_name() {
  const std::string opened = fmt::format("/proc/self/fd/{}", descriptor_);
  const std::string name = random_name(target_.filename().string());
  if (name.empty() ||
      linkat(AT_FDCWD, opened.c_str(), folder_, name.c_str(), AT_SYMLINK_FOLLOW) != 0)
    refuse();
  temporary_ = name;
}

void AtomicFile::publish() {
  if (temporary_.empty()) give_name();
  if (renameat(folder_, temporary_.c_str(), folder_, target_.filename().c_str()) != 0) refuse();
  temporary_.clear();
}

void AtomicFile::refuse() const {
  fail(Code::io_error, "{}: could not be written: {}", target_.string(), std::strerror(errno));
}

}  // namespace latentrt
