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

/// Makes a folder, and those above it, where it does not exist. Throws Error(invalid_argument) where that is impossible or
/// nothing can be written to it.
void make_folder(const std::filesystem::path& folder);
/// make_folder() for the folder of a file that will be written; also refuses a path that is a directory. It is called before
/// anything is computed.
void prepare_output(const std::filesystem::path& file);

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
