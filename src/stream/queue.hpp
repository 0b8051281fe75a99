#pragma once
/// What waits for a stream: frames, and what is asked for between them.

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

/// What is asked for between one frame and the next, in order. It stays short whatever is added:
/// one drain is as good as several, and two updates are joined into one where that makes no
/// difference to any picture. What is left are at most three updates before a drain and three after
/// it: a prompt for frames in flight, one for those that come, and a ramp.
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

/// Frames in the order of pushes, each after the orders that were given before it. Whoever uses it
/// guards it and bounds the number of frames.
class StreamQueue {
 public:
  struct Frame {
    std::uint64_t ticket;
    OwnedPixels pixels;
  };
  using Item = std::variant<Frame, StreamChange, StreamDrain>;

  void push(Frame frame);
  /// The oldest frame goes; what was asked for before it stays.
  void drop_oldest();
  void add(StreamOrder order) { last_.add(std::move(order)); }
  /// Of a queue that is not empty.
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
  StreamOrders last_;  ///< after the newest frame
};

}  // namespace latentrt::pipeline
