#include "base/atomic_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/fail.hpp"

namespace latentrt {

AtomicFile::AtomicFile(std::filesystem::path target) : target_(std::move(target)), temporary_(target_) {
  constexpr mode_t kMode = 0666;  // the process's umask takes away what the user does not want to grant
  temporary_ += fmt::format(".{}.part", getpid());
  descriptor_ = open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kMode);
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
