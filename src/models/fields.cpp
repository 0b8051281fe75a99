#include "models/fields.hpp"

#include <utility>

#include "base/fail.hpp"

namespace latentrt::models {
namespace {

constexpr std::size_t kMaxLevels = 8;
constexpr std::int64_t kMaxChannels = 1 << 15;

}  // namespace

std::vector<std::int64_t> channel_list(const io::Config& config, std::string_view key,
                                       std::vector<std::int64_t> fallback, int groups) {
  auto channels = config.integer_list(key, std::move(fallback), kMaxLevels, 1, kMaxChannels);
  for (const std::int64_t count : channels) {
    if (count % groups != 0) {
      fail(Code::invalid_argument, "{}: {} [{}] is not divisible by norm_num_groups {}",
           config.name(), key, fmt::join(channels, ","), groups);
    }
  }
  return channels;
}

std::vector<bool> block_flags(const io::Config& config, std::string_view key,
                              std::vector<std::string> fallback, std::size_t levels,
                              std::string_view with, std::string_view without) {
  const std::vector<std::string> types = config.strings(key, std::move(fallback));
  if (types.size() != levels) {
    fail(Code::invalid_argument, "{}: {} has {} entries, block_out_channels has {}", config.name(),
         key, types.size(), levels);
  }
  std::vector<bool> flags;
  for (const std::string& type : types) {
    if (type != with && type != without) {
      fail(Code::unsupported, "{}: {} \"{}\" is not supported; it is {} or {}", config.name(), key,
           type, with, without);
    }
    flags.push_back(type == with);
  }
  return flags;
}

void require_silu(const io::Config& config, std::string_view key) {
  const std::string name = config.json_text(key);
  if (name.empty() || name == "\"silu\"" || name == "\"swish\"") return;
  fail(Code::unsupported, "{}: {} {} is not supported; it is \"silu\"", config.name(), key,
       config.shown_text(key));
}

void require_neutral(const io::Config& config, std::initializer_list<NeutralField> fields) {
  for (const NeutralField& field : fields) {
    if (!config.has(field.key)) continue;
    if (config.json_text(field.key) == field.value) continue;
    const std::string_view expected = field.value.empty() ? "null" : field.value;
    fail(Code::unsupported, "{}: {} {} is not supported; it is {}", config.name(), field.key,
         config.shown_text(field.key), expected);
  }
}

}  // namespace latentrt::models
