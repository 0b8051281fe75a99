#include <set>
#include <utility>

#include "base/fail.hpp"
#include "base/quote.hpp"
#include "io/weights.hpp"

namespace latentrt::io {
namespace {

/// Rows `begin` to `end`, of `count`.
TensorInfo rows_of(const TensorInfo& whole, std::uint64_t begin, std::uint64_t end,
                   std::uint64_t count) {
  TensorInfo rows = whole;
  rows.shape[0] = static_cast<std::int64_t>(end - begin);
  rows.begin = whole.begin + whole.bytes() / count * begin;
  rows.end = whole.begin + whole.bytes() / count * end;
  return rows;
}

/// The rows that the name refers to.
StoredTensor part_of(const TensorFile& file, const TensorInfo& whole, const StoredName& name) {
  StoredTensor stored{.file = file, .info = whole, .transposed = name.transposed};
  if (name.parts == 1) return stored;
  const std::int64_t ranges = std::int64_t{name.parts} * name.blocks;
  if (whole.shape.empty() || whole.shape[0] < 1 || whole.shape[0] % ranges != 0) {
    fail(Code::bad_file, "{}: tensor {} has shape [{}], which cannot be split into {} equal parts",
         file.path().string(), quote(name.name), fmt::join(whole.shape, ","), ranges);
  }
  const auto count = static_cast<std::uint64_t>(whole.shape[0]);
  const std::uint64_t each = count / static_cast<std::uint64_t>(ranges);
  for (int block = 0; block < name.blocks; ++block) {
    const std::uint64_t begin = each * static_cast<std::uint64_t>(block * name.parts + name.part);
    stored.pieces.push_back(rows_of(whole, begin, begin + each, count));
  }
  stored.info = stored.pieces.front();
  stored.info.shape[0] = whole.shape[0] / name.parts;
  if (name.blocks == 1) stored.pieces.clear();
  return stored;
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
    weights.tensors_.emplace(name, part_of(file, found->second, stored));
  }
  for (const auto& [name, info] : file.tensors()) {
    if (name.starts_with(prefix) && !used.contains(name))
      weights.tensors_.emplace(name.substr(prefix.size()),
                               StoredTensor{.file = file, .info = info});
  }
  return weights;
}

}  // namespace latentrt::io
