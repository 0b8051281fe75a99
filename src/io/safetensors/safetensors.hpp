#pragma once
/// Reader of the safetensors container. Every byte of the file is treated as hostile.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "io/dtype.hpp"

namespace latentrt::io {

/// Location and type of one tensor: element type, shape, and byte range relative to the start of
/// the data section.
struct TensorInfo {
  Dtype dtype;
  std::vector<std::int64_t> shape;
  std::uint64_t begin;
  std::uint64_t end;

  std::uint64_t bytes() const noexcept { return end - begin; }
};

/// An open, validated file. Reads use pread into the caller's memory, so a file truncated later
/// causes an error and never SIGBUS, and loading costs no memory beyond the destination. Copies
/// share the descriptor; thread-safe.
class SafetensorsFile {
 public:
  /// Throws Error: not_found, io_error, bad_file (naming file and tensor), unsafe_file (pickle,
  /// zip, TorchScript).
  static SafetensorsFile open(const std::filesystem::path& file);

  const std::filesystem::path& path() const noexcept;
  const std::map<std::string, TensorInfo>& tensors() const noexcept;
  /// Read from the file again at the first call, because metadata may be long and is rarely needed.
  /// Throws Error(io_error, bad_file) if the file has changed.
  const std::map<std::string, std::string>& metadata() const;

  /// Fills dst (exactly info.bytes() long) with the tensor's bytes, little-endian row-major.
  void read(const TensorInfo& info, std::span<std::byte> dst) const;

 private:
  struct State;
  std::shared_ptr<const State> state_;
};

}  // namespace latentrt::io
