#pragma once
/// Messages of one other rank: those that this rank expects, with known sizes, and those that
/// arrive earlier.

#include <cstdint>
#include <deque>
#include <map>
#include <optional>

#include "comm/tcp/byte_buffer.hpp"

namespace latentrt::comm {

/// Not thread-safe.
class Mailbox {
 public:
  /// Limit of bytes kept of messages that are not expected yet. The connection stops reading at
  /// this limit.
  static constexpr std::uint64_t kMaxEarly = std::uint64_t{64} << 20U;
  /// bytes that a message counts in addition to its own
  static constexpr std::uint64_t kEntry = 128;

  /// Expects one more message of that size. Returns its number.
  std::uint64_t expect(std::uint64_t bytes);

  enum class Admission { expected, early, wait };
  /// Whether the next message, of that size, may be received now. Throws Error(rank_failed), a
  /// sentence whose subject is the other rank, if the size is not the expected one.
  Admission admit(std::uint64_t bytes);
  void put(ByteBuffer message);

  bool has(std::uint64_t number) const { return arrived_.contains(number); }
  ByteBuffer take(std::uint64_t number);

  std::uint64_t early_bytes() const noexcept { return early_; }

 private:
  static std::uint64_t cost(std::uint64_t bytes) noexcept { return bytes + kEntry; }

  std::map<std::uint64_t, ByteBuffer> arrived_;  ///< by their sequence number
  /// of messages that are expected and have not begun
  std::map<std::uint64_t, std::uint64_t> sizes_;
  /// of messages that have begun and are not expected
  std::map<std::uint64_t, std::uint64_t> early_sizes_;
  std::uint64_t expected_ = 0, begun_ = 0, come_ = 0, early_ = 0;
};

}  // namespace latentrt::comm
