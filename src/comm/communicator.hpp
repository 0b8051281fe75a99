#pragma once
/// Communication of tensors between the ranks of one run.

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace latentrt::comm {

/// The purpose of a transfer; bytes are counted separately by purpose.
enum class Traffic { halo, moments, attention, gather };
inline constexpr std::array<std::string_view, 4> kTrafficNames{"halo", "moments", "attention",
                                                               "gather"};

/// A contiguous tensor to send to, or receive from, another rank. Both ends use the same shape and
/// dtype.
struct Message {
  int peer;
  at::Tensor tensor;
};
using Messages = std::vector<Message>;

/// Copies received data into its destination tensor. The copy is invisible to autograd, like all
/// other writes of a connection: the mode in which the tensor was created may have ended.
void write_received(const at::Tensor& target, const at::Tensor& arrived);

/// Messages in progress.
class Pending {
 public:
  virtual ~Pending() = default;
  /// Returns when everything has been received. Throws Error(rank_failed) that names the rank that
  /// did not send in time, or the reason of its failure. Every group that was begun must be waited
  /// for, even if its result is not needed.
  virtual void wait() = 0;
};

/// Bytes received by one rank.
struct Received {
  std::array<std::uint64_t, kTrafficNames.size()> bytes{};
  std::uint64_t& operator[](Traffic kind) { return bytes[static_cast<std::size_t>(kind)]; }
  std::uint64_t operator[](Traffic kind) const { return bytes[static_cast<std::size_t>(kind)]; }
};

/// One rank's endpoint. Belongs to one thread. All ranks begin the same groups in the same order:
/// the k-th message from one rank to another matches the k-th that the other expects of it,
/// whenever it waits.
class Communicator {
 public:
  Communicator(int rank, int size) : rank_(rank), size_(size) {}
  virtual ~Communicator() = default;
  Communicator(const Communicator&) = delete;
  Communicator& operator=(const Communicator&) = delete;

  int rank() const noexcept { return rank_; }
  int size() const noexcept { return size_; }
  const Received& received() const noexcept { return received_; }

  /// Starts a group. Sent tensors may be changed at once; received ones are complete when wait()
  /// returns.
  std::unique_ptr<Pending> begin(const Messages& sends, const Messages& receives, Traffic kind);
  /// Starts a group and waits for it.
  void exchange(const Messages& sends, const Messages& receives, Traffic kind);

  /// Tells the other ranks that this one cannot continue, and why: their waiting, and every later
  /// wait here, ends with Error(rank_failed) that contains the reason. Only the first reason is
  /// kept.
  virtual void give_up(const std::string& reason) noexcept = 0;

 protected:
  virtual std::unique_ptr<Pending> start(const Messages& sends, const Messages& receives,
                                         Traffic kind) = 0;

 private:
  const int rank_, size_;
  Received received_;
};

}  // namespace latentrt::comm
