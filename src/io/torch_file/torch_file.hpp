#pragma once
/// Reader of the files that torch.save writes (.ckpt, .pth, .pt, .bin). Their pickles are parsed as
/// data with a closed grammar: nothing is imported, called or constructed, whatever a file
/// contains. This folder depends on nothing of the library but src/base.

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/input_file.hpp"

namespace latentrt::io {

/// A tensor of the file, in row-major order whatever its strides are. [begin, end) is a range for
/// TorchFile::read(): bytes of the file, or a range beyond its end for tensors whose elements are
/// not contiguous.
struct TorchTensor {
  std::string_view type;  ///< as named in safetensors files: "F32"
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0, end = 0;

  std::uint64_t bytes() const noexcept { return end - begin; }
};

/// Whether a file begins like those of torch.save: as a zip archive, or as a pickle of PyTorch's
/// magic number.
bool is_torch_file(const InputFile& file);

/// An open, validated file. Tensors are read from it on demand. Those in row-major order are read
/// without a copy; for others, the part of their storage that they use is kept in memory until
/// another of them is read. Thread-safe.
class TorchFile {
 public:
  /// Throws Error: not_found, io_error, bad_file (naming the file, and the entry, byte of the
  /// pickle or tensor), unsafe_file (TorchScript), unsupported (of a big-endian machine).
  explicit TorchFile(const std::filesystem::path& path);
  ~TorchFile();
  TorchFile(const TorchFile&) = delete;
  TorchFile& operator=(const TorchFile&) = delete;

  const std::filesystem::path& path() const noexcept;
  /// The tensors of the state dictionary (state_dict.hpp), which the file must contain.
  const std::map<std::string, TorchTensor>& tensors() const noexcept;
  /// Other values of the state dictionary, in words, such as `an object of the class "a.B"`. They
  /// have no effect.
  const std::map<std::string, std::string>& others() const noexcept;

  /// Fills dst with the bytes from `begin` on, which must lie in a tensor's range. A range beyond
  /// the end of the file is read in whole elements.
  void read(std::uint64_t begin, std::span<std::byte> dst) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace latentrt::io
