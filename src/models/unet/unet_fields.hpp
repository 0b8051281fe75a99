#pragma once
/// Fields that UNet2DConditionModel and UNet2DModel have in common.

#include <fmt/ranges.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/fail.hpp"
#include "models/unet/unet_config.hpp"

namespace latentrt::models {

inline constexpr std::int64_t kMaxWidth = 1 << 16;

/// The value for the field's text. Throws Error(unsupported) that lists the accepted texts.
template <class T>
T choice(const io::Config& config, std::string_view key, std::string_view fallback,
         std::initializer_list<std::pair<std::string_view, T>> choices) {
  const std::string name = config.string(key, fallback);
  std::vector<std::string_view> known;
  for (const auto& [text, value] : choices) {
    if (text == name) return value;
    known.push_back(text);
  }
  fail(Code::unsupported, "{}: {} \"{}\" is not supported; it is one of {}", config.name(), key,
       name, fmt::join(known, ", "));
}

/// Whether the field is present and null.
bool is_null(const io::Config& config, std::string_view key);

/// The block of each level, in the order of the file, of types that the class supports. Types with
/// transformers are only accepted for a network that reads text.
std::vector<UnetBlock> read_blocks(const io::Config& config, std::string_view key,
                                   std::vector<std::string> fallback, std::size_t levels,
                                   bool reads_text);

/// Number of self-attention heads with this many channels each. Throws Error(invalid_argument) that
/// names the field if the channels are not divisible.
SelfAttentionHeads heads_of(const io::Config& config, std::int64_t width,
                            std::int64_t head_channels);

/// Channels, kernels, norms and activations.
void read_layers(UnetConfig& c, const io::Config& config);

/// Embeddings of time, class and others, which are added to the time embedding.
void read_embeddings(UnetConfig& c, const io::Config& config);

}  // namespace latentrt::models
