#pragma once
/// Input and output of a stream's frames: folders of pictures, or raw RGB on a pipe.

#include <latentrt/image.hpp>
#include <memory>
#include <optional>
#include <string>

namespace latentrt::cli {

struct NamedFrame {
  std::string name;
  Image image;
};

class FrameInput {
 public:
  virtual ~FrameInput() = default;
  /// The next frame at this size, or nothing at the end. Throws Error that names file or frame.
  virtual std::optional<NamedFrame> next(int width, int height) = 0;
};

class FrameOutput {
 public:
  virtual ~FrameOutput() = default;
  /// Writes the file atomically. Throws Error that names the file.
  virtual void write(const std::string& name, const Image& image) = 0;
};

/// A folder (its PNG, JPEG and WebP files in natural order: f2 before f10; resized to the given
/// size), or "-" for frames of width * height * 3 bytes on stdin. With `verbose`, other files in
/// the folder are listed on stderr. Throws Error(not_found, invalid_argument).
std::unique_ptr<FrameInput> open_input(const std::string& path, bool verbose);

/// A folder, which is created if missing, or "-" for stdout.
std::unique_ptr<FrameOutput> open_output(const std::string& path);

}  // namespace latentrt::cli
