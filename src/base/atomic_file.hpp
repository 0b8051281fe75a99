#pragma once

#include <sys/types.h>

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

namespace latentrt {

/// Writes a new file that takes the target's place when it is complete: readers see the old file or
/// the complete new one. Until then the file has no name (O_TMPFILE), so that nothing of it is left
/// if the process is killed; on file systems without such files it has an unpredictable one next to
/// the target. Without commit() the target does not change and nothing is left. No symbolic link is
/// followed: a link at the target is replaced, and the file that it points to keeps its content.
class AtomicFile {
 public:
  /// Throws Error: io_error if the system cannot write, invalid_argument if the target is, or links
  /// to, a directory, pipe or device. The process's umask is applied to `mode`.
  explicit AtomicFile(std::filesystem::path target, mode_t mode = 0666);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  /// All throw Error(io_error) if the system cannot write.
  void write(std::span<const std::byte> bytes);
  /// Flushes the data to the disk, renames the file and closes it.
  void commit();
  /// Renames the file and keeps it open: for recordings that grow and can be read at any time.
  void publish();

 private:
  [[noreturn]] void refuse() const;
  void give_name();

  std::filesystem::path target_;
  std::string temporary_;  ///< a name in the folder; "" without one and after the rename
  int folder_ = -1, descriptor_ = -1;
};

}  // namespace latentrt
