#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

namespace latentrt {

/// Writes a file beside its target and renames it into place: readers see the old file or the whole new one. Throws
/// Error(io_error) and leaves nothing behind when the system refuses.
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path target);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::span<const std::byte> bytes);
  void commit();

 private:
  [[noreturn]] void refuse() const;

  std::filesystem::path target_, temporary_;
  int descriptor_ = -1;
};

}  // namespace latentrt
