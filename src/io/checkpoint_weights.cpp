#include <set>
#include <utility>

#include "base/fail.hpp"
#include "base/quote.hpp"
#include "io/weights.hpp"

namespace latentrt::io {
namespace {

/// The rows that the name selects.
TensorInfo part_of(const TensorFile& file, const TensorInfo& whole, const StoredName& name) {
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

/// The tensor of that name, or its average; null for neither.
const std::pair<const std::string, TensorInfo>* stored_or_average(const TensorFile& file,
                                                                  const std::string& name,
                                                                  bool averaged) {
  auto found = file.tensors().end();
  if (averaged) found = file.tensors().find(averaged_name(name));
  if (found == file.tensors().end()) found = file.tensors().find(name);
  return found == file.tensors().end() ? nullptr : &*found;
}

}  // namespace

WeightMap WeightMap::from_checkpoint(const TensorFile& file, std::string_view prefix,
                                     const std::vector<std::string>& wanted,
                                     const std::function<StoredName(std::string_view)>& stored_name,
                                     bool averaged) {
  WeightMap weights;
  weights.path_ = file.path();
  std::set<std::string> used;
  for (const std::string& name : wanted) {
    StoredName stored = stored_name(name);
    stored.name.insert(0, prefix);
    if (const auto other = file.others().find(stored.name); other != file.others().end())
      weights.others_.emplace(name, other->second);
    const auto* const found = stored_or_average(file, stored.name, averaged);
    if (!found) continue;
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
