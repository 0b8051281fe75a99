#include "cli/support/outputs.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <latentrt/error.hpp>

namespace latentrt::cli {

namespace fs = std::filesystem;

namespace {

/// Resolves the links of a path whose last component may not exist.
fs::path target_of(fs::path path) {
  constexpr int kMostLinks = 40;  // the limit of the system
  std::error_code error;
  for (int i = 0; i < kMostLinks && fs::is_symlink(fs::symlink_status(path, error)); ++i)
    path = path.parent_path() / fs::read_symlink(path, error);
  const fs::path whole = fs::weakly_canonical(fs::absolute(path, error), error);
  return error ? path.lexically_normal() : whole;
}

bool same_file(const fs::path& a, const fs::path& b) {
  std::error_code ignored;  // a file that does not exist has no second name
  return fs::equivalent(a, b, ignored) || target_of(a) == target_of(b);
}

}  // namespace

std::vector<fs::path> numbered_outputs(const fs::path& first, int count) {
  std::vector<fs::path> files{first};
  for (int i = 1; i < count; ++i) {
    files.push_back(first.parent_path() /
                    fmt::format("{}-{}{}", first.stem().string(), i, first.extension().string()));
  }
  return files;
}

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (!error && access(folder.c_str(), W_OK | X_OK) != 0)
    error.assign(errno, std::generic_category());
  if (error) {
    throw Error(Code::invalid_argument,
                fmt::format("{}: the folder cannot be made or written to: {}", folder.string(),
                            error.message()));
  }
}

void prepare_output(const fs::path& file) {
  std::error_code ignored;
  if (fs::is_directory(file, ignored)) {
    throw Error(Code::invalid_argument,
                fmt::format("{}: the output is a directory", file.string()));
  }
  make_folder(file.has_parent_path() ? file.parent_path() : fs::path("."));
}

void refuse_same_outputs(std::span<const fs::path> files) {
  for (std::size_t i = 0; i < files.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (!same_file(files[i], files[j])) continue;
      throw Error(Code::invalid_argument,
                  fmt::format("{} and {}: two outputs are the same file; give them different names",
                              files[j].string(), files[i].string()));
    }
  }
}

void refuse_among_frames(const fs::path& file, const fs::path& folder) {
  const fs::path target = target_of(file);
  if (target.extension() != ".png" ||
      target.parent_path() != target_of(folder / "frame.png").parent_path())
    return;
  throw Error(
      Code::invalid_argument,
      fmt::format(
          "{}: frames are written to {} under such names; choose another name for this file",
          file.string(), folder.string()));
}

}  // namespace latentrt::cli
