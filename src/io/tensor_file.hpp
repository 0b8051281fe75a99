#pragma once
/// Files of named tensors, whatever their format.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "io/dtype.hpp"

namespace latentrt::io {

/// Location and type of one tensor: element type, shape, and the range of bytes by which it is
/// read.
struct TensorInfo {
  Dtype dtype;
  std::vector<std::int64_t> shape;
  std::uint64_t begin;
  std::uint64_t end;

  std::uint64_t bytes() const noexcept { return end - begin; }
};

/// Whether PyTorch checkpoints, which are pickles, are read.
enum class Pickles { allowed, refused };

/// An open, validated file. Reads use pread into the caller's memory, so a file truncated later
/// causes an error and never SIGBUS, and loading costs no memory beyond the destination. Copies
/// share the descriptor; thread-safe.
class TensorFile {
 public:
  using Tensors = std::map<std::string, TensorInfo>;
  using Texts = std::map<std::string, std::string>;

  /// What the reader of a format provides.
  class Content {
   public:
    virtual ~Content() = default;
    virtual const std::filesystem::path& path() const noexcept = 0;
    virtual const Tensors& tensors() const noexcept = 0;
    virtual const Texts& metadata() const = 0;
    virtual const Texts& others() const noexcept = 0;
    /// The bytes from `begin` on, which lie in the range of a tensor.
    virtual void read(std::uint64_t begin, std::span<std::byte> dst) const = 0;
  };

  explicit TensorFile(std::shared_ptr<const Content> content) : content_(std::move(content)) {}

  /// A safetensors file or a PyTorch checkpoint, identified by its content. Throws what
  /// open_safetensors() and TorchFile throw, and Error(unsafe_file) for a checkpoint if pickles are
  /// refused.
  static TensorFile open(const std::filesystem::path& file, Pickles pickles = Pickles::allowed);

  const std::filesystem::path& path() const noexcept { return content_->path(); }
  const Tensors& tensors() const noexcept { return content_->tensors(); }
  /// Metadata of a safetensors file. Throws Error(io_error, bad_file) if the file has changed.
  const Texts& metadata() const { return content_->metadata(); }
  /// Values of a PyTorch checkpoint that are not tensors, described by name.
  const Texts& others() const noexcept { return content_->others(); }

  /// Fills dst (exactly info.bytes() long) with the tensor's bytes, little-endian row-major.
  void read(const TensorInfo& info, std::span<std::byte> dst) const;

 private:
  std::shared_ptr<const Content> content_;
};

}  // namespace latentrt::io
