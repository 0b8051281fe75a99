#pragma once
/// Where a checkpoint keeps the elements of its tensors.

#include <cstdint>
#include <functional>
#include <map>
#include <string>

namespace latentrt::io {

/// Bytes of the file.
struct ByteRange {
  std::uint64_t begin = 0, end = 0;

  std::uint64_t size() const noexcept { return end - begin; }
};

/// By the storages' keys.
using Storages = std::map<std::string, ByteRange, std::less<>>;

}  // namespace latentrt::io
