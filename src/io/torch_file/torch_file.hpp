#pragma once
/// Reader of the files that torch.save writes (.ckpt, .pth, .pt, .bin). Their pickles are parsed as
/// data by a closed grammar: nothing is imported, called or constructed, whatever a file says. This
/// folder sees nothing of the library but src/base.

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
/// TorchFile::read(): bytes of the file, or a range beyond its end for tensors whose elements do
/// not lie next to each other.
struct TorchTensor {
  std::string_view type;  ///< as safetensors files have it: "F32"
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0, end = 0;

  std::uint64_t bytes() const noexcept { return end - begin; }
};

/// Whether a file begins like those of torch.save: as a zip archive, or as a pickle of PyTorch's
/// mark.
bool is_torch_file(const InputFile& file);

/// An open, validated file. Tensors are read from it when they are asked for, those in row-major
/// order without a copy; of others, the part of their storage that they use is kept in memory until
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
  /// Of the state dictionary (state_dict.hpp), which must hold one.
  const std::map<std::string, TorchTensor>& tensors() const noexcept;
  /// What else the state dictionary holds, in words, such as `an object of the class "a.B"`. It has
  /// no effect.
  const std::map<std::string, std::string>& others() const noexcept;

  /// Fills dst with the bytes from `begin` on, which must lie in a tensor's range. A range beyond
  /// the end of the file is read in whole elements.
  void read(std::uint64_t begin, std::span<std::byte> dst) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace latentrt::io
