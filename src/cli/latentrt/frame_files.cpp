#include "cli/latentrt/frame_files.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <filesystem>
#include <latentrt/error.hpp>
#include <latentrt/output_files.hpp>
#include <latentrt/resize.hpp>
#include <map>
#include <vector>

#include "cli/pictures/natural_order.hpp"
#include "cli/pictures/picture_file.hpp"
#include "cli/pictures/png.hpp"
#include "cli/support/interrupt.hpp"
#include "cli/support/outputs.hpp"

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

/// Output files keep the names of PNG files; names of other formats get the extension .png.
std::string output_name(const fs::path& file) {
  std::string ending = file.extension().string();
  std::ranges::transform(ending, ending.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return ending == ".png" ? file.filename().string() : file.stem().string() + ".png";
}

/// Prints one line with the number of files and the first names.
void report_ignored(const std::string& folder, std::vector<std::string> names) {
  constexpr std::size_t kNamed = 5;
  if (names.empty()) return;
  std::ranges::sort(names, natural_less);
  const std::size_t count = names.size();
  names.resize(std::min(count, kNamed));
  fmt::print(stderr, "{}: ignored {} that {} named like a PNG, JPEG or WebP file: {}{}\n", folder,
             count == 1 ? "one entry" : fmt::format("{} entries", count),
             count == 1 ? "is not" : "are not", fmt::join(names, ", "),
             count > kNamed ? ", ..." : "");
}

class FolderInput final : public FrameInput {
 public:
  FolderInput(const std::string& path, bool verbose) {
    require_folder(path);
    std::vector<std::string> others;
    for (const auto& entry : fs::directory_iterator(path)) {
      if (named_like_picture(entry.path())) {
        files_.push_back(entry.path());
      } else {
        others.push_back(entry.path().filename().string());
      }
    }
    if (files_.empty()) {
      throw Error(Code::not_found,
                  fmt::format("{}: the folder holds no PNG, JPEG or WebP file", path));
    }
    std::ranges::sort(files_, [](const fs::path& a, const fs::path& b) {
      return natural_less(a.filename().string(), b.filename().string());
    });
    refuse_equal_names();
    if (verbose) report_ignored(path, std::move(others));
  }

  std::optional<NamedFrame> next(int width, int height) override {
    if (next_ == files_.size()) return std::nullopt;
    const fs::path& file = files_[next_++];
    return NamedFrame{output_name(file), resize(read_picture(file), width, height)};
  }

 private:
  void refuse_equal_names() const {
    std::map<std::string, fs::path> taken;
    for (const fs::path& file : files_) {
      const auto [other, is_new] = taken.emplace(output_name(file), file);
      if (is_new) continue;
      throw Error(Code::invalid_argument,
                  fmt::format("{} and {} would both be written as {}: rename one of them",
                              other->second.string(), file.string(), other->first));
    }
  }

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

std::unique_ptr<FrameInput> open_input(const std::string& path, bool verbose) {
  if (path == "-") return std::make_unique<PipeInput>();
  return std::make_unique<FolderInput>(path, verbose);
}

std::unique_ptr<FrameOutput> open_output(const std::string& path) {
  if (path == "-") return std::make_unique<PipeOutput>();
  return std::make_unique<FolderOutput>(path);
}

}  // namespace latentrt::cli
