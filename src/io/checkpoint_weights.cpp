#include <set>

#include "base/fail.hpp"
#include "base/quote.hpp"
#include "io/weights.hpp"

namespace latentrt::io {
namespace {

/// The rows that the name selects.
TensorInfo part_of(const SafetensorsFile& file, const TensorInfo& whole, const StoredName& name) {
  if (name.parts == 1) return whole;
  if (whole.shape.empty() || whole.shape[0] % name.parts != 0) {
    fail(Code::bad_file, "{}: tensor {} has shape [{}], which cannot be split into {} equal parts",
         file.path().string(), quote(name.name), fmt::join(whole.shape, ","), name.parts);
  }
  const auto parts = static_cast<std::uint64_t>(name.parts);
  const std::uint64_t bytes = whole.bytes() / parts;
  TensorInfo part = whole;
  part.shape[0] /= name.parts;
  part.begin = whole.begin + static_cast<std::uint64_t>(name.part) * bytes;
  part.end = part.begin + bytes;
  return part;
}

}  // namespace

WeightMap WeightMap::from_checkpoint(
    const SafetensorsFile& file, std::string_view prefix, const std::vector<std::string>& wanted,
    const std::function<StoredName(std::string_view)>& stored_name) {
  WeightMap weights;
  weights.path_ = file.path();
  std::set<std::string> used;
  for (const std::string& name : wanted) {
    StoredName stored = stored_name(name);
    stored.name.insert(0, prefix);
    const auto found = file.tensors().find(stored.name);
    if (found == file.tensors().end()) continue;
    used.insert(stored.name);
    weights.tensors_.emplace(
        name, StoredTensor{file, part_of(file, found->second, stored), stored.transposed});
  }
  for (const auto& [name, info] : file.tensors()) {
    if (name.starts_with(prefix) && !used.contains(name))
      weights.tensors_.emplace(name.substr(prefix.size()), StoredTensor{file, info});
  }
  return weights;
}

}  // namespace latentrt::io
