#pragma once

#include <cstdint>
#include <vector>

namespace latentrt::sampling {

/// The first word of numpy.random.SeedSequence(entropy, spawn_key=key, pool_size=24), which mixes
/// all bits of both (O'Neill 2015, "Developing a seed_seq alternative").
std::uint32_t seed_from(std::uint64_t entropy, const std::vector<std::uint64_t>& key = {});

}  // namespace latentrt::sampling
