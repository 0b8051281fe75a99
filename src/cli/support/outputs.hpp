#pragma once
/// Output files that appear all together or not at all.

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace latentrt::cli {

/// o.png, o-1.png, o-2.png, ...
std::vector<std::filesystem::path> numbered_outputs(const std::filesystem::path& first, int count);

/// Throws Error(invalid_argument) when the folder does not exist, is not writable, or the path is a directory:
/// before anything is computed.
void check_writable(const std::filesystem::path& file);

/// Files are written beside their targets; commit() renames them all. What was not committed is removed.
class OutputSet {
 public:
  OutputSet() = default;
  OutputSet(const OutputSet&) = delete;
  OutputSet& operator=(const OutputSet&) = delete;
  ~OutputSet();

  /// The place to write a file that will become `target`.
  std::filesystem::path stage(const std::filesystem::path& target);
  void write(const std::filesystem::path& target, std::span<const std::uint8_t> bytes);
  void commit();

 private:
  struct Pending {
    std::filesystem::path temporary, target;
  };
  std::vector<Pending> pending_;
};

}  // namespace latentrt::cli
