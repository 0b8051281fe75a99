#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

namespace latentrt {

/// A regular file opened for reading. Reads use positions, so one object serves many threads, and a
/// file truncated after opening causes an error instead of a signal.
class InputFile {
 public:
  /// Throws Error: not_found, bad_file (a directory, pipe or device; no permission; circular
  /// links), io_error (any other failure of the system).
  explicit InputFile(const std::filesystem::path& path);
  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  std::uint64_t size() const noexcept { return size_; }
  /// Whether this process's user or root owns the file, and nobody else may write to it.
  bool only_its_owner_writes() const noexcept { return owned_; }
  const std::filesystem::path& path() const noexcept { return path_; }

  /// Fills dst with the bytes at offset. Throws Error(io_error) if the file ends before.
  void read(std::uint64_t offset, std::span<std::byte> dst) const;

 private:
  std::filesystem::path path_;
  std::uint64_t size_ = 0;
  int descriptor_ = -1;
  bool owned_ = false;
};

}  // namespace latentrt
