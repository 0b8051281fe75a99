#include "cli/latentrt/frame_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <latentrt/error.hpp>
#include <latentrt/output_files.hpp>
#include <vector>

#include "cli/support/interrupt.hpp"
#include "cli/support/outputs.hpp"
#include "cli/support/png.hpp"
#include "cli/support/resize.hpp"

namespace latentrt::cli {
namespace {

namespace fs = std::filesystem;

void require_folder(const std::string& path) {
  std::error_code error;
  if (!fs::exists(path, error))
    throw Error(Code::not_found, fmt::format("{}: no such folder", path));
  if (!fs::is_directory(path, error))
    throw Error(Code::invalid_argument, fmt::format("{}: not a folder", path));
}

class FolderInput final : public FrameInput {
 public:
  explicit FolderInput(const std::string& path) {
    require_folder(path);
    for (const auto& entry : fs::directory_iterator(path))
      if (entry.path().extension() == ".png") files_.push_back(entry.path());
    if (files_.empty())
      throw Error(Code::not_found, fmt::format("{}: the folder holds no PNG file", path));
    std::sort(files_.begin(), files_.end());
  }

  std::optional<NamedFrame> next(int width, int height) override {
    if (next_ == files_.size()) return std::nullopt;
    const fs::path& file = files_[next_++];
    return NamedFrame{file.filename().string(), resize(read_png(file), width, height)};
  }

 private:
  std::vector<fs::path> files_;
  std::size_t next_ = 0;
};

class PipeInput final : public FrameInput {
 public:
  std::optional<NamedFrame> next(int width, int height) override {
    Image image{width, height, {}};
    image.pixels.resize(3 * static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
    const std::size_t read = std::fread(image.pixels.data(), 1, image.pixels.size(), stdin);
    check_interrupted();
    if (read == 0) return std::nullopt;
    if (read < image.pixels.size()) {
      throw Error(Code::bad_file,
                  fmt::format("stdin: frame {} ends after {} of {} bytes ({} x {} pixels)", count_,
                              read, image.pixels.size(), width, height));
    }
    return NamedFrame{fmt::format("{:06}.png", count_++), std::move(image)};
  }

 private:
  std::size_t count_ = 0;
};

class FolderOutput final : public FrameOutput {
 public:
  explicit FolderOutput(std::string path) : path_(std::move(path)) { make_folder(path_); }

  void write(const std::string& name, const Image& image) override {
    write_file(path_ / name, encode_png(image, {}));
  }

 private:
  fs::path path_;
};

class PipeOutput final : public FrameOutput {
 public:
  void write(const std::string& name, const Image& image) override {
    const std::size_t written = std::fwrite(image.pixels.data(), 1, image.pixels.size(), stdout);
    if (written < image.pixels.size() || std::fflush(stdout) != 0)
      throw Error(Code::io_error, fmt::format("stdout: frame {} could not be written", name));
  }
};

}  // namespace

std::unique_ptr<FrameInput> open_input(const std::string& path) {
  if (path == "-") return std::make_unique<PipeInput>();
  return std::make_unique<FolderInput>(path);
}

std::unique_ptr<FrameOutput> open_output(const std::string& path) {
  if (path == "-") return std::make_unique<PipeOutput>();
  return std::make_unique<FolderOutput>(path);
}

}  // namespace latentrt::cli
