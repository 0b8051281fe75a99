#pragma once
/// The secret that all ranks of a run share and nobody else knows.

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "comm/launch.hpp"

namespace latentrt::comm {

using Mac = std::array<unsigned char, 32>;

/// A key for message authentication (HMAC-SHA-512-256). It is never sent.
class Secret {
 public:
  /// `text`: at least kMinText characters; blanks and line ends at its ends are removed. `source`
  /// names its origin in errors. Throws Error(invalid_argument) for a shorter one.
  Secret(std::string_view text, std::string source);
  Secret(const Secret&) = default;
  Secret& operator=(const Secret&) = default;
  ~Secret();

  static constexpr std::size_t kMinText = 32;

  const std::string& source() const noexcept { return source_; }
  Mac mac_of(std::span<const std::byte> message) const;
  bool made(const Mac& mac, std::span<const std::byte> message) const;

 private:
  std::array<unsigned char, 32> key_{};
  std::string source_;
};

void fill_with_random_bytes(std::span<std::byte> bytes);

/// The run's secret: LATENTRT_RANK_SECRET, else the file that LATENTRT_RANK_SECRET_FILE names, else
/// this user's own file ($XDG_STATE_HOME or ~/.local/state, latentrt/rank_secret), which is created
/// with random content if missing. Throws Error: invalid_argument for a secret that is too short,
/// and for a file that others can read or replace or that belongs to another user; io_error if the
/// system cannot read or write.
Secret find_secret(const Variables& variables = environment_variable);

}  // namespace latentrt::comm
