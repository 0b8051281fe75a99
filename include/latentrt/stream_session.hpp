#pragma once
/// A stream on a thread of its own, for callers that must not wait: a game loop, a camera callback. Its context leaves them a
/// core with ContextOptions::threads = threads_beside_host().

#include <chrono>
#include <cstdint>
#include <latentrt/stream.hpp>
#include <memory>
#include <optional>
#include <vector>

namespace latentrt {

/// What happens to a frame that finds the queue full.
enum class QueuePolicy : std::uint8_t {
  drop_oldest,  ///< the one that has waited longest makes room
  drop_newest,  ///< it is not taken
  block,        ///< push() waits for room
};

struct StreamQueues {
  int input = 1;  ///< frames that wait for the stream; one is a mailbox, in which the latest wins
  QueuePolicy policy = QueuePolicy::drop_oldest;
  int output = 4;  ///< finished frames that wait for the caller; the oldest makes room
};

/// accepted = dropped + finished + waiting, at any moment; finished = taken + expired + ready.
struct StreamCounters {
  std::uint64_t accepted = 0, rejected = 0;
  std::uint64_t dropped = 0;   ///< accepted, but gave way to a later one
  std::uint64_t finished = 0;  ///< with those that the similarity filter skipped
  std::uint64_t skipped = 0;
  std::uint64_t waiting = 0;  ///< in the queue or on their way through the stages
  std::uint64_t taken = 0;    ///< given to the caller
  std::uint64_t expired = 0;  ///< finished, but never asked for in time
  std::uint64_t ready = 0;
};

/// Every member may be called from any thread. Nothing here blocks unless it says so, and nothing grows without bound.
class LATENTRT_API StreamSession {
 public:
  /// Starts the thread. Throws what FrameStream's constructor throws.
  StreamSession(const Pipeline& pipeline, const StreamOptions& options,
                const StreamQueues& queues = {},
                const std::vector<AcceleratorChoice>& accelerators = {});
  /// Ends the thread after the frame that it works on; what waits is lost. The same happens to sessions that still live when
  /// the process exits or the library is unloaded.
  ~StreamSession();
  StreamSession(const StreamSession&) = delete;
  StreamSession& operator=(const StreamSession&) = delete;

  /// Copies the frame. Its ticket, or nothing when it was not taken (drop_newest). Tickets rise with the order of pushes.
  /// Waits for room with QueuePolicy::block alone. A frame in memory of the GPU is copied there, on the context's stream and
  /// between the events: `signal` says when the caller may write to it again, whatever becomes of the frame. Throws what
  /// FrameStream::push() throws about a frame that it does not take, and the error that ended the stream, if one did.
  std::optional<std::uint64_t> push(const PixelView& frame, const Events& events = {});

  /// The newest finished frame, if there is one that was not taken; older ones expire. Frames come out in the order in which
  /// they were pushed, whatever changed meanwhile. When no finished frame is left, this and the next two throw the error
  /// that ended the stream, if one did.
  std::optional<StreamFrame> poll();
  /// The oldest.
  std::optional<StreamFrame> poll_next();
  /// The oldest; waits until there is one, but no longer than the timeout. Where none will come before more frames are
  /// pushed or drain() is called (needs_frames()), it says so by returning nothing at once: the first time after every
  /// push(), drain() and finished frame. Later calls wait for the timeout, so that a thread that only takes frames does not
  /// spin while another one pushes.
  std::optional<StreamFrame> wait(std::chrono::milliseconds timeout);
  /// Whether nothing is finished and nothing is being worked on: all frames are out, or those that are not are in the stages
  /// and move on with the frames that follow, or with drain().
  bool needs_frames() const;
  /// At most so many frames must follow a frame until it comes out: stages * frame_buffer - 1, or more while frames of
  /// earlier stages are in flight. It changes with the stages.
  int delay() const;

  /// Asks that frames in flight be finished even if no more come. Before the next frame, once is as good as many times.
  void drain();

  /// For frames that are pushed from now on. The text is encoded on the thread that calls. Throws what
  /// FrameStream::update() throws, and the error that ended the stream; an update that is refused changes nothing.
  void update(const StreamUpdate& update);

  StreamCounters counters() const;
  int width() const noexcept;
  int height() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace latentrt
