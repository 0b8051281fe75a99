#include "cli/support/outputs.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <latentrt/error.hpp>

#include "cli/support/interrupt.hpp"

namespace latentrt::cli {

namespace fs = std::filesystem;

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

OutputSet::~OutputSet() {
  std::error_code ignored;
  for (const Pending& file : pending_) fs::remove(file.temporary, ignored);
}

fs::path OutputSet::stage(const fs::path& target) {
  fs::path temporary = target;
  temporary += fmt::format(".{}.part", getpid());
  pending_.push_back({temporary, target});
  return temporary;
}

void OutputSet::write(const fs::path& target, std::span<const std::uint8_t> bytes) {
  std::ofstream stream(stage(target), std::ios::binary);
  stream.write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
  stream.close();
  if (!stream)
    throw Error(Code::io_error, fmt::format("{}: could not be written", target.string()));
}

void OutputSet::commit() {
  check_interrupted();
  for (const Pending& file : pending_) {
    std::error_code error;
    fs::rename(file.temporary, file.target, error);
    if (error)
      throw Error(Code::io_error, fmt::format("{}: {}", file.target.string(), error.message()));
  }
  pending_.clear();
}

}  // namespace latentrt::cli
