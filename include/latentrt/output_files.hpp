#pragma once
/// Files that are written atomically: they appear complete or not at all.

#include <cstdint>
#include <filesystem>
#include <latentrt/api.hpp>
#include <memory>
#include <span>

namespace latentrt {

/// Output files that appear together. Each is written next to its target, under an unpredictable
/// name, and commit() renames them all; files that are not committed are removed. No symbolic link
/// is followed: a link at the target is replaced, and the file that it points to keeps its content.
/// For one thread at a time.
class LATENTRT_API OutputFiles {
 public:
  OutputFiles();
  OutputFiles(const OutputFiles&) = delete;
  OutputFiles& operator=(const OutputFiles&) = delete;
  ~OutputFiles();

  /// Throws Error: io_error if the system cannot write, invalid_argument if the target is a
  /// directory, pipe or device.
  void write(const std::filesystem::path& target, std::span<const std::uint8_t> bytes);
  /// Throws Error(io_error) if the system cannot rename; files that were already renamed stay.
  void commit();

 private:
  struct LATENTRT_LOCAL State;
  std::unique_ptr<State> state_;
};

/// Writes one file in the same way.
LATENTRT_API void write_file(const std::filesystem::path& target,
                             std::span<const std::uint8_t> bytes);

}  // namespace latentrt
