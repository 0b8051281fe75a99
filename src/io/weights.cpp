#include "io/weights.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "base/fail.hpp"
#include "base/quote.hpp"
#include "base/utf8.hpp"
#include "io/json.hpp"
#include "io/weight_files.hpp"

namespace latentrt::io {
namespace {

namespace fs = std::filesystem;

using Tensors = std::map<std::string, StoredTensor>;

void add(Tensors& tensors, const TensorFile& file, const std::string& stored_name,
         const TensorInfo& info, const KeyMap& key_map) {
  const std::string name = key_map(stored_name);
  if (name.empty()) return;
  if (!tensors.emplace(name, StoredTensor{.file = file, .info = info}).second) {
    fail(Code::bad_file, "{}: tensor {} occurs twice, under names that mean {}",
         file.path().string(), quote(stored_name), quote(name));
  }
}

void add_file(Tensors& tensors, const TensorFile& file, const KeyMap& key_map) {
  for (const auto& [name, info] : file.tensors()) add(tensors, file, name, info, key_map);
}

/// Later files do not override earlier ones.
void add_others(TensorFile::Texts& others, const TensorFile& file, const KeyMap& key_map) {
  for (const auto& [name, words] : file.others()) others.emplace(key_map(name), words);
}

bool lies_in(const fs::path& real_file, const fs::path& directory) {
  std::error_code ignored;
  const fs::path relative = real_file.lexically_relative(fs::canonical(directory, ignored));
  return !relative.empty() && *relative.begin() != "..";
}

/// Shards must be plain names of files in the index's own folder, and no link may lead out of it.
/// Download caches keep an index and its shards as links into one folder of contents, so the folder
/// that really contains the index is also accepted.
fs::path shard_path(const fs::path& index, const std::string& shard) {
  const bool plain = !shard.empty() && shard != "." && shard != ".." &&
                     shard.find('/') == std::string::npos && !has_control_characters(shard);
  if (!plain) fail(Code::bad_file, "{}: shard {} is not a file name", index.string(), quote(shard));
  const fs::path path = index.parent_path() / shard;
  std::error_code missing;
  const fs::path real = fs::canonical(path, missing);
  if (missing) fail(Code::not_found, "{}: shard {} is missing", index.string(), quote(shard));
  if (!lies_in(real, index.parent_path()) && !lies_in(real, fs::canonical(index).parent_path())) {
    fail(Code::unsafe_file, "{}: shard {} is a link out of the folder", index.string(),
         quote(shard));
  }
  return path;
}

const nlohmann::ordered_json& weight_map_of(const nlohmann::ordered_json& json,
                                            const fs::path& index) {
  const auto found = json.is_object() ? json.find("weight_map") : json.end();
  if (found == json.end() || !found->is_object() || found->empty()) {
    fail(Code::bad_file, "{}: weight_map is not an object that names tensors", index.string());
  }
  return *found;
}

/// Returns the shards.
std::map<std::string, TensorFile> add_shards(Tensors& tensors, const fs::path& index,
                                             const KeyMap& key_map, Pickles pickles) {
  constexpr JsonLimits kLimits{.max_bytes = 64u << 20, .max_values = 1'000'100};
  const auto json = parse_json(read_text_file(index, kLimits.max_bytes), index.string(), kLimits);
  std::map<std::string, TensorFile> shards;
  for (const auto& [name, shard] : weight_map_of(json, index).items()) {
    if (!shard.is_string()) {
      fail(Code::bad_file, "{}: the shard of tensor {} is not a string", index.string(),
           quote(name));
    }
    const std::string file_name = shard.get<std::string>();
    auto file = shards.find(file_name);
    if (file == shards.end()) {
      const fs::path path = shard_path(index, file_name);
      file = shards.emplace(file_name, TensorFile::open(path, pickles)).first;
    }
    const auto info = file->second.tensors().find(name);
    if (info == file->second.tensors().end()) {
      fail(Code::bad_file, "{}: tensor {} is not in shard {}", index.string(), quote(name),
           quote(file_name));
    }
    add(tensors, file->second, name, info->second, key_map);
  }
  return shards;
}

}  // namespace

void StoredTensor::read(std::span<std::byte> dst) const {
  for (const TensorInfo& place : places()) {
    const auto bytes = static_cast<std::size_t>(place.bytes());
    file.read(place, dst.first(bytes));
    dst = dst.subspan(bytes);
  }
}

WeightMap WeightMap::open(const fs::path& directory, const WeightFiles& files,
                          const KeyMap& key_map) {
  const FoundWeights found = find_weights(directory, files);
  if (!found.is_index) return from_file(found.file, key_map, files.pickles);
  WeightMap weights;
  weights.path_ = found.file;
  const auto shards = add_shards(weights.tensors_, found.file, key_map, files.pickles);
  for (const auto& [name, shard] : shards) add_others(weights.others_, shard, key_map);
  return weights;
}

WeightMap WeightMap::from_file(const fs::path& path, const KeyMap& key_map, Pickles pickles) {
  const TensorFile file = TensorFile::open(path, pickles);
  WeightMap weights;
  weights.path_ = path;
  add_file(weights.tensors_, file, key_map);
  add_others(weights.others_, file, key_map);
  return weights;
}

const StoredTensor* WeightMap::find(const std::string& name) const {
  const auto found = tensors_.find(name);
  return found == tensors_.end() ? nullptr : &found->second;
}

std::string WeightMap::other(const std::string& name) const {
  const auto found = others_.find(name);
  return found == others_.end() ? "" : found->second;
}

}  // namespace latentrt::io
