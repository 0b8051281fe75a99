#pragma once
/// A stream on a thread of its own, for callers that must not wait: a game loop, a camera callback.
/// Its context leaves a core to the caller with ContextOptions::threads = threads_beside_host().

#include <chrono>
#include <cstdint>
#include <latentrt/stream.hpp>
#include <memory>
#include <optional>
#include <vector>

namespace latentrt {

/// What happens to a frame that is pushed when the queue is full.
enum class QueuePolicy : std::uint8_t {
  drop_oldest,  ///< the oldest waiting frame is dropped
  drop_newest,  ///< the new frame is not taken
  block,        ///< push() waits for room
};

struct StreamQueues {
  /// frames that wait for the stream; 1 is a mailbox, in which the latest frame wins
  int input = 1;
  QueuePolicy policy = QueuePolicy::drop_oldest;
  int output = 4;  ///< finished frames that wait for the caller; the oldest is dropped
};

/// At any moment accepted = dropped + finished + waiting, and finished = taken + expired + ready.
struct StreamCounters {
  std::uint64_t accepted = 0, rejected = 0;
  std::uint64_t dropped = 0;   ///< accepted, but dropped for a later one
  std::uint64_t finished = 0;  ///< includes frames that the similarity filter skipped
  std::uint64_t skipped = 0;
  std::uint64_t waiting = 0;  ///< in the queue or in the stages
  std::uint64_t taken = 0;    ///< returned to the caller
  std::uint64_t expired = 0;  ///< finished, but dropped before the caller took it
  std::uint64_t ready = 0;
};

/// Every member may be called from any thread. No member blocks unless its comment says so, and no
/// memory grows without bound.
class LATENTRT_API StreamSession {
 public:
  /// Starts the thread. Throws what FrameStream's constructor throws.
  StreamSession(const Pipeline& pipeline, const StreamOptions& options,
                const StreamQueues& queues = {},
                const std::vector<AcceleratorChoice>& accelerators = {});
  /// Ends the thread after the frame that it works on; waiting frames are lost. Sessions that still
  /// exist when the process exits or the library is unloaded end in the same way.
  ~StreamSession();
  StreamSession(const StreamSession&) = delete;
  StreamSession& operator=(const StreamSession&) = delete;

  /// Copies the frame and returns its ticket, or nothing if it was not taken (drop_newest). Tickets
  /// rise in the order of pushes. Waits for room only with QueuePolicy::block. A frame in GPU
  /// memory is copied on the GPU, on the context's stream and between the events: `signal` says
  /// when the caller may write to it again, whatever happens to the frame. Throws what
  /// FrameStream::push() throws about a frame that it does not take, and the error that ended the
  /// stream, if any.
  std::optional<std::uint64_t> push(const PixelView& frame, const Events& events = {});

  /// The newest finished frame that was not taken, if any; older ones expire. Frames come out in
  /// the order in which they were pushed, whatever changed meanwhile. If no finished frame is left,
  /// this and the next two functions throw the error that ended the stream, if any.
  std::optional<StreamFrame> poll();
  /// The oldest finished frame, if any.
  std::optional<StreamFrame> poll_next();
  /// The oldest finished frame; waits for one, but not longer than the timeout. If none can come
  /// before more frames are pushed or drain() is called (needs_frames()), it returns nothing at
  /// once: the first time after every push(), drain() and finished frame. Later calls wait for the
  /// timeout, so that a thread that only takes frames does not spin while another one pushes.
  std::optional<StreamFrame> wait(std::chrono::milliseconds timeout);
  /// Whether nothing is finished and nothing is being computed: either all frames were taken, or
  /// the remaining ones are in the stages and advance only with further frames or with drain().
  bool needs_frames() const;
  /// The largest number of frames that must be pushed after a frame before it comes out: stages *
  /// frame_buffer - 1, or more while frames of earlier stages are in flight. It changes with the
  /// stages.
  int delay() const;

  /// Requests that frames in flight are finished even if no more are pushed. Repeated calls before
  /// the next frame have no further effect.
  void drain();

  /// Applies to frames that are pushed from now on. The text is encoded on the calling thread.
  /// Throws what FrameStream::update() throws, and the error that ended the stream; a refused
  /// update changes nothing.
  void update(const StreamUpdate& update);

  StreamCounters counters() const;
  int width() const noexcept;
  int height() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace latentrt
