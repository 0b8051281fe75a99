#include "base/input_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/fail.hpp"

namespace latentrt {
namespace {

/// Distinguishes a path that cannot be opened from a failure of the system.
Code code_of_refusal(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return Code::not_found;
    case EACCES:
    case EPERM:
    case ELOOP:
    case ENAMETOOLONG:
      return Code::bad_file;
    default:
      return Code::io_error;
  }
}

/// O_NONBLOCK: opening a pipe without a writer must not block.
int open_for_reading(const std::filesystem::path& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor >= 0) return descriptor;
  const int error = errno;
  fail(code_of_refusal(error), "{}: {}", path.string(), std::strerror(error));
}

}  // namespace

InputFile::InputFile(const std::filesystem::path& path)
    : path_(path), descriptor_(open_for_reading(path)) {
  struct stat info {};
  const bool regular = fstat(descriptor_, &info) == 0 && S_ISREG(info.st_mode);
  if (!regular) {
    close(descriptor_);
    fail(Code::bad_file, "{}: not a regular file", path_.string());
  }
  size_ = static_cast<std::uint64_t>(info.st_size);
  const bool of_user = info.st_uid == geteuid() || info.st_uid == 0;
  owned_ = of_user && (info.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

InputFile::~InputFile() { close(descriptor_); }

void InputFile::read(std::uint64_t offset, std::span<std::byte> dst) const {
  while (!dst.empty()) {
    const ssize_t count = pread(descriptor_, dst.data(), dst.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0)
      fail(Code::io_error, "{}: could not be read: {}", path_.string(), std::strerror(errno));
    if (count == 0)
      fail(Code::io_error, "{}: the file became shorter while it was read", path_.string());
    offset += static_cast<std::uint64_t>(count);
    dst = dst.subspan(static_cast<std::size_t>(count));
  }
}

}  // namespace latentrt
