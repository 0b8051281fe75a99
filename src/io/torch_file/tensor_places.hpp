#pragma once
/// The places of a state dictionary's tensors in the file.

#include <map>
#include <string>

#include "base/input_file.hpp"
#include "io/torch_file/containers.hpp"
#include "io/torch_file/state_dict.hpp"
#include "io/torch_file/strided_view.hpp"
#include "io/torch_file/torch_file.hpp"

namespace latentrt::io {

struct TensorPlaces {
  std::map<std::string, TorchTensor> tensors;
  /// Sorted by the beginning of their ranges, which are beyond the end of the file.
  std::map<std::uint64_t, StridedView> views;
};

/// Checks that every tensor lies in its storage, and every storage in the file, before memory is
/// allocated. All tensors together may be 4 times as large as the file, and the storages of those
/// that are not in row-major order 64 times (plus 1 MiB, for small files). Throws Error(bad_file)
/// that names the file and the tensor.
TensorPlaces places_of(const InputFile& file, const Unpacked& unpacked, const StateDict& dict);

}  // namespace latentrt::io
