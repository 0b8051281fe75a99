#pragma once

#include <sys/types.h>

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

namespace latentrt {

/// Writes a new file next to its target, under a name that nobody can foresee, and renames it to the
/// target: readers see the old file or the whole new one. Without commit() the target stays as it
/// was and nothing is left. No symbolic link is followed: one at the target is replaced, and the
/// file that it leads to keeps its content.
class AtomicFile {
 public:
  /// Throws Error: io_error when the system refuses, invalid_argument when the target is, or leads
  /// to, a directory, pipe or device.
  /// The process's umask takes away from `mode` what the user does not want to grant.
  explicit AtomicFile(std::filesystem::path target, mode_t mode = 0666);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  /// All throw Error(io_error) when the system refuses.
  void write(std::span<const std::byte> bytes);
  /// Brings what was written to the disk, renames the file and closes it.
  void commit();
  /// Renames the file and keeps it open: for records that grow and can be read at any time.
  void publish();

 private:
  [[noreturn]] void refuse() const;

  std::filesystem::path target_;
  std::string temporary_;  ///< a name in the folder; "" once it is the target's
  int folder_ = -1, descriptor_ = -1;
};

}  // namespace latentrt
