#pragma once
/// The two forms of files that torch.save writes.

#include "base/input_file.hpp"
#include "io/torch_file/pickle_values.hpp"
#include "io/torch_file/storages.hpp"

namespace latentrt::io {

/// The pickle of such a file, and where the storages that it names are.
struct Unpacked {
  PickleValues values;
  PickleRef root = 0;
  Storages storages;
};

/// A zip archive of stored entries (since PyTorch 1.6). Throws Error(bad_file) for archives that
/// are damaged or not of torch.save, Error(unsafe_file) for TorchScript, which is a program,
/// Error(unsupported) for files of big-endian machines.
Unpacked unpack_zip(const InputFile& file);

/// Pickles one after the other, followed by the storages (before PyTorch 1.6, and on request).
/// Throws as above.
Unpacked unpack_legacy(const InputFile& file);

/// The integer whose pickle begins old files.
bool begins_like_legacy(std::string_view head) noexcept;

}  // namespace latentrt::io
