#pragma once
/// Files that are written safely: they appear whole or not at all.

#include <cstdint>
#include <filesystem>
#include <latentrt/api.hpp>
#include <memory>
#include <span>

namespace latentrt {

/// Output files that appear together. Each is written next to its target, under a name that nobody
/// can foresee, and commit() renames them all; what was not committed is removed. No symbolic link
/// is followed: one at the target is replaced, and the file that it leads to keeps its content. One
/// thread at a time.
class LATENTRT_API OutputFiles {
 public:
  OutputFiles();
  OutputFiles(const OutputFiles&) = delete;
  OutputFiles& operator=(const OutputFiles&) = delete;
  ~OutputFiles();

  /// Throws Error: io_error when the system refuses, invalid_argument when the target is a
  /// directory, pipe or device.
  void write(const std::filesystem::path& target, std::span<const std::uint8_t> bytes);
  /// Throws Error(io_error) when the system refuses; files that were renamed before stay.
  void commit();

 private:
  struct LATENTRT_LOCAL State;
  std::unique_ptr<State> state_;
};

/// Writes one file in the same way.
LATENTRT_API void write_file(const std::filesystem::path& target,
                             std::span<const std::uint8_t> bytes);

}  // namespace latentrt
