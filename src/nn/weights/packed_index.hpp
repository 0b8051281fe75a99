#pragma once
/// The index of a file of packed weights: the position of each tensor. Every byte of it is treated
/// as hostile.

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/content_hash.hpp"
#include "io/dtype.hpp"

namespace latentrt::nn {

/// Alignment of the data.
constexpr std::uint64_t kPackedAlignment = 64;

/// A tensor in the file's data.
struct StoredLayout {
  std::vector<std::int64_t> shape;
  io::Dtype dtype = io::Dtype::f32;
  std::string descriptor;  ///< oneDNN's description of the layout; empty for a plain tensor
  std::uint64_t offset = 0, bytes = 0;
  ContentHash hash;
};

/// The size of an input, and the layout that it requires.
struct StoredInput {
  std::array<std::int64_t, 4> size{};
  std::size_t layout = 0;
};

struct StoredWeight {
  std::int32_t id = -1;
  std::vector<StoredLayout> layouts{};  ///< oneDNN's
  std::vector<StoredInput> inputs{};
  std::optional<StoredLayout> winograd{}, plain{};  ///< of kernels
  std::optional<StoredLayout> scales{};             ///< of 8-bit weights
};

struct PackedIndex {
  std::string key;
  std::vector<StoredWeight> weights;
};

enum class PackedForm { matrix, kernel, quantized };

/// What may be packed of one weight of a Program.
struct PackableWeight {
  std::int32_t id = -1;
  PackedForm form = PackedForm::matrix;
  std::vector<std::int64_t> shape;
  io::Dtype dtype = io::Dtype::f32;  ///< of a matrix or kernel
};

std::string to_text(const PackedIndex& index);

/// Throws Error(bad_file) for a text that is not a valid index of this much data: every range lies
/// in the data, and every weight is one of `packable`, at most once, in its form, shape and type.
PackedIndex read_packed_index(std::string_view text, std::uint64_t data_bytes,
                              std::span<const PackableWeight> packable);

}  // namespace latentrt::nn
