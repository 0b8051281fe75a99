#include "nn/weights/pack_cache.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <utility>

#include "base/fail.hpp"
#include "base/fnv.hpp"
#include "nn/weights/packed_file.hpp"
#include "nn/weights/weight_identity.hpp"

namespace latentrt::pipeline {

PackCache::PackCache(std::filesystem::path folder) : folder_(std::move(folder)) {
  std::error_code error;
  std::filesystem::create_directories(folder_, error);
  if (error || access(folder_.c_str(), W_OK) != 0) {
    fail(Code::invalid_argument, "pack_cache: the folder {} cannot be made or written to",
         folder_.string());
  }
}

std::shared_ptr<const nn::BoundWeights> PackCache::bind(const nn::Program& program,
                                                        const io::WeightMap& stored,
                                                        const nn::WeightPlacement& placement,
                                                        std::string_view component) {
  const std::string key = fmt::format("{} weights {}", nn::packing_key(program, placement),
                                      weight_identity(program, stored));
  const auto file = folder_ / fmt::format("{}-{:016x}.packed", component, fnv1a(key));
  const nn::PackedFile packed(file, key, program, placement);
  auto weights = std::make_shared<const nn::BoundWeights>(
      nn::bind_weights(program, stored, placement, component, {}, &packed));
  const std::lock_guard lock(mutex_);
  entries_.push_back({file, key, weights, packed.layouts()});
  return weights;
}

void PackCache::update() {
  const std::lock_guard lock(mutex_);
  for (Entry& entry : entries_) {
    const std::size_t layouts = nn::packed_layouts(*entry.weights);
    if (layouts == entry.layouts) continue;
    nn::write_packed(entry.file, entry.key, *entry.weights);
    entry.layouts = layouts;
  }
}

}  // namespace latentrt::pipeline
