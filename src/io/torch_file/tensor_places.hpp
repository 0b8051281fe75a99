#pragma once
/// Where the elements of the tensors of a state dictionary are.

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
  /// By the beginning of their ranges, which are beyond the end of the file.
  std::map<std::uint64_t, StridedView> views;
};

/// Checks that every tensor lies in its storage, and every storage in the file, before anything is
/// allocated for one. Together the tensors may take 4 times the bytes of the file, and the storages
/// of those that are not in row-major order 64 times (and 1 MiB, for small files). Throws
/// Error(bad_file) that names the file and the tensor.
TensorPlaces places_of(const InputFile& file, const Unpacked& unpacked, const StateDict& dict);

}  // namespace latentrt::io
