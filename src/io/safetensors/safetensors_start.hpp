#pragma once
/// The beginning of a safetensors file, which comes before the data.

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "io/dtype.hpp"

namespace latentrt::io {

struct WrittenTensor {
  std::string name;
  Dtype dtype;
  std::vector<std::int64_t> shape;
  std::uint64_t bytes;
};

/// The length of the header, and the header, padded so that the data are aligned to 8 bytes. The
/// tensors follow one another in this order. Throws Error(invalid_argument) for names that a tensor
/// cannot have and metadata that are not UTF-8.
std::string safetensors_start(std::span<const WrittenTensor> tensors,
                              const std::map<std::string, std::string>& metadata);

}  // namespace latentrt::io
