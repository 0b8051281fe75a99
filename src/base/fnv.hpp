#pragma once

#include <cstdint>

namespace latentrt {

/// FNV-1a, 64 bits: distinguishes inputs that are not adversarial.
template <class Bytes>
std::uint64_t fnv1a(const Bytes& bytes) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const auto byte : bytes) hash = (hash ^ static_cast<std::uint8_t>(byte)) * 0x100000001b3U;
  return hash;
}

}  // namespace latentrt
