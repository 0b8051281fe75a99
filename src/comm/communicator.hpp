#pragma once
/// Ranks that work on one run and pass tensors to each other.

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace latentrt::comm {

/// What bytes are for; they are counted apart.
enum class Traffic { halo, moments, attention, gather };
inline constexpr std::array<std::string_view, 4> kTrafficNames{"halo", "moments", "attention",
                                                               "gather"};

/// A contiguous tensor for, or from, another rank. What is received has the shape and dtype of what was sent.
struct Message {
  int peer;
  at::Tensor tensor;
};
using Messages = std::vector<Message>;

/// Copies what has arrived into the tensor that was to receive it. Autograd does not see the copy, as it sees none of a
/// connection's other writes: it may follow after the mode in which the tensor was made.
void write_received(const at::Tensor& target, const at::Tensor& arrived);

/// Messages under way.
class Pending {
 public:
  virtual ~Pending() = default;
  /// Returns when everything has been received. Throws Error(rank_failed) that names the rank that did not send in time,
  /// or what it failed of. What was begun must be waited for, even when nobody wants it any more.
  virtual void wait() = 0;
};

/// Bytes received by one rank.
struct Received {
  std::array<std::uint64_t, kTrafficNames.size()> bytes{};
  std::uint64_t& operator[](Traffic kind) { return bytes[static_cast<std::size_t>(kind)]; }
  std::uint64_t operator[](Traffic kind) const { return bytes[static_cast<std::size_t>(kind)]; }
};

/// One rank's end. Belongs to one thread. All ranks begin the same groups in the same order: the k-th message from one
/// rank to another is the k-th that the other expects of it, whenever it waits.
class Communicator {
 public:
  Communicator(int rank, int size) : rank_(rank), size_(size) {}
  virtual ~Communicator() = default;
  Communicator(const Communicator&) = delete;
  Communicator& operator=(const Communicator&) = delete;

  int rank() const noexcept { return rank_; }
  int size() const noexcept { return size_; }
  const Received& received() const noexcept { return received_; }

  /// Starts a group. Sent tensors may change at once; received ones are written by the time wait() returns.
  std::unique_ptr<Pending> begin(const Messages& sends, const Messages& receives, Traffic kind);
  /// A group, to its end.
  void exchange(const Messages& sends, const Messages& receives, Traffic kind);

  /// Tells the other ranks why this one cannot go on: their waiting, and every later one here, ends with
  /// Error(rank_failed) that says so. The first reason counts.
  virtual void give_up(const std::string& reason) noexcept = 0;

 protected:
  virtual std::unique_ptr<Pending> start(const Messages& sends, const Messages& receives,
                                         Traffic kind) = 0;

 private:
  const int rank_, size_;
  Received received_;
};

}  // namespace latentrt::comm
