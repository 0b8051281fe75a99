#include "nn/weights/weight_identity.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <atomic>
#include <utility>
#include <vector>

#include "base/content_hash.hpp"
#include "nn/in_parallel.hpp"

namespace latentrt::pipeline {
namespace {

/// Reads a tensor in parts.
ContentHash hash_of(const io::StoredTensor& tensor) {
  constexpr std::uint64_t kPartBytes = 1u << 20;  // small enough to stay in a cache
  ContentHasher hasher;
  std::vector<std::byte> bytes;
  for (const io::TensorInfo& place : tensor.places()) {
    io::TensorInfo part = place;
    for (std::uint64_t at = place.begin; at < place.end; at = part.end) {
      part.begin = at;
      part.end = at + std::min(kPartBytes, place.end - at);
      bytes.resize(static_cast<std::size_t>(part.bytes()));
      tensor.file.read(part, bytes);
      hasher.add(bytes);
    }
  }
  return hasher.hash();
}

}  // namespace

std::string weight_identity(const nn::Program& program, const io::WeightMap& stored) {
  std::vector<const std::pair<const std::string, io::StoredTensor>*> tensors;
  for (const nn::WeightSpec& spec : nn::stored_tensors(program.weights())) {
    const auto found = stored.tensors().find(spec.name);
    if (found != stored.tensors().end()) tensors.push_back(&*found);
  }
  std::vector<ContentHash> hashes(tensors.size());
  std::atomic<std::size_t> next = 0;
  nn::in_parallel(at::get_num_threads(), [&](std::int64_t, std::int64_t) {
    for (std::size_t i = next++; i < tensors.size(); i = next++)
      hashes[i] = hash_of(tensors[i]->second);
  });
  std::string text;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const auto& [name, tensor] = *tensors[i];
    text += fmt::format("{} {} [{}] {} {}\n", name, io::name_of(tensor.info.dtype),
                        fmt::join(tensor.info.shape, ","), tensor.transposed, to_text(hashes[i]));
  }
  return to_text(content_hash(text));
}

}  // namespace latentrt::pipeline
