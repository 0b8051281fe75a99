#pragma once
/// The input queue of a stream: frames, and requests between them.

#include <cstdint>
#include <deque>
#include <latentrt/stream.hpp>
#include <memory>
#include <variant>
#include <vector>

#include "pictures/pixels.hpp"

namespace latentrt::pipeline {

/// An update that was checked, with what FrameStream::prepare() made of it.
struct StreamChange {
  StreamUpdate update;
  std::shared_ptr<const FrameStream::EncodedPrompt> prompt;
};
struct StreamDrain {};
using StreamOrder = std::variant<StreamChange, StreamDrain>;

/// Requests between two frames, in order. It stays short whatever is added: repeated drains are
/// one, and two updates are joined if that does not change any picture. At most three updates
/// before a drain and three after it remain: a prompt for frames in flight, a prompt for new
/// frames, and a blend over several frames.
class StreamOrders {
 public:
  void add(StreamOrder order);
  void append(StreamOrders later);
  StreamOrder take_first();
  bool empty() const noexcept { return orders_.empty(); }
  std::size_t size() const noexcept { return orders_.size(); }

 private:
  std::deque<StreamOrder> orders_;
};

/// Frames in the order of pushes, each after the requests that preceded it. The user guards it with
/// a mutex and bounds the number of frames.
class StreamQueue {
 public:
  struct Frame {
    std::uint64_t ticket;
    OwnedPixels pixels;
  };
  using Item = std::variant<Frame, StreamChange, StreamDrain>;

  void push(Frame frame);
  /// Removes the oldest frame; requests before it stay.
  void drop_oldest();
  void add(StreamOrder order) { last_.add(std::move(order)); }
  /// Removes the first entry; the queue must not be empty.
  Item take_first();

  bool empty() const noexcept { return entries_.empty() && last_.empty(); }
  std::size_t frames() const noexcept { return entries_.size(); }
  std::size_t orders() const noexcept;

 private:
  struct Entry {
    StreamOrders before;
    Frame frame;
  };
  std::deque<Entry> entries_;
  StreamOrders last_;  ///< requests after the newest frame
};

}  // namespace latentrt::pipeline
