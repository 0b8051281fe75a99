#pragma once
/// Messages of one other rank: those that this one expects, whose sizes it knows, and those that come before it does.

#include <cstdint>
#include <deque>
#include <map>
#include <optional>

#include "comm/tcp/byte_buffer.hpp"

namespace latentrt::comm {

/// Not for several threads at once.
class Mailbox {
 public:
  /// How many bytes are kept of messages that nobody expects yet. The connection waits with what comes after them.
  static constexpr std::uint64_t kMaxEarly = std::uint64_t{64} << 20U;
  static constexpr std::uint64_t kEntry = 128;  ///< what a message counts in addition to its bytes

  /// One more message is expected, of so many bytes. Returns its number.
  std::uint64_t expect(std::uint64_t bytes);

  enum class Admission { expected, early, wait };
  /// Whether the message that comes next, of so many bytes, may be received now. Throws Error(rank_failed), a sentence
  /// whose subject is the other rank, when it is not of the size that is expected.
  Admission admit(std::uint64_t bytes);
  void put(ByteBuffer message);

  bool has(std::uint64_t number) const { return arrived_.contains(number); }
  ByteBuffer take(std::uint64_t number);

  std::uint64_t early_bytes() const noexcept { return early_; }

 private:
  static std::uint64_t cost(std::uint64_t bytes) noexcept { return bytes + kEntry; }

  std::map<std::uint64_t, ByteBuffer> arrived_;  ///< by their numbers
  std::map<std::uint64_t, std::uint64_t>
      sizes_;  ///< of messages that are expected and have not begun
  std::map<std::uint64_t, std::uint64_t>
      early_sizes_;  ///< of messages that have begun and are not expected
  std::uint64_t expected_ = 0, begun_ = 0, come_ = 0, early_ = 0;
};

}  // namespace latentrt::comm
