#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

namespace latentrt {

/// Writes a file beside its target and renames it into place: readers see the old file or the whole
/// new one. Without commit() the target stays as it was and nothing is left behind.
class AtomicFile {
 public:
  /// Throws Error: io_error when the system refuses, invalid_argument when the target is a
  /// directory, pipe or device.
  explicit AtomicFile(std::filesystem::path target);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  /// Both throw Error(io_error) when the system refuses.
  void write(std::span<const std::byte> bytes);
  void commit();

 private:
  [[noreturn]] void refuse() const;

  std::filesystem::path target_, temporary_;
  int descriptor_ = -1;
};

}  // namespace latentrt
