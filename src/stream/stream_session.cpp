#include <latentrt/stream_session.hpp>

#include <ATen/Parallel.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "base/ends_at_exit.hpp"
#include "base/fail.hpp"
#include "nn/run/first_use.hpp"
#include "pictures/pixels.hpp"
#include "pipeline/extent.hpp"
#include "pipeline/pipeline_state.hpp"
#include "stream/queue.hpp"
#include "stream/shape.hpp"
#include "tasks/binding.hpp"

namespace latentrt {
namespace {

constexpr int kMaxQueue = 4096;
constexpr std::chrono::milliseconds kLongest = std::chrono::hours(24 * 365);

StreamQueues checked(const StreamQueues& queues) {
  for (const auto& [name, size] :
       {std::pair("input", queues.input), std::pair("output", queues.output)}) {
    if (size < 1 || size > kMaxQueue)
      fail(Code::invalid_argument, "a queue of {} {} frames is outside 1 to {}", size, name,
           kMaxQueue);
  }
  return queues;
}

/// A frame's ticket in the stream, which counts the frames that reached it, and its caller's
/// ticket.
struct Taken {
  std::uint64_t number, ticket;
};

}  // namespace

struct StreamSession::State {
  using Frames = std::vector<StreamFrame>;

  State(const Pipeline& pipeline, const StreamOptions& the_options, const StreamQueues& the_queues,
        const std::vector<AcceleratorChoice>& accelerators)
      : context(pipeline.state()->context),
        queues(checked(the_queues)),
        stream(pipeline, the_options, accelerators),
        options(the_options),
        delay(stream.delay()),
        width(stream.width()),
        height(stream.height()) {
    nn::make_static_kernels();
    at_exit.emplace([this] { end(); });
    worker = std::thread([this] { work(); });
  }

  ~State() {
    at_exit.reset();
    end();
  }

  /// A thread that ends the process itself, from something that it called, cannot wait for itself.
  void end() {
    {
      const std::lock_guard lock(mutex);
      stopping = true;
    }
    changed.notify_all();
    if (worker.joinable() && worker.get_id() != std::this_thread::get_id()) worker.join();
  }

  void work() {
    // oneDNN gets the number of threads from OpenMP, where each calling thread has its own setting.
    at::internal::lazy_init_num_threads();
    std::unique_lock lock(mutex);
    while (true) {
      changed.wait(lock, [&] { return stopping || !queue.empty(); });
      if (stopping) return;
      try {
        work_on(queue.take_first(), lock);
      } catch (...) {
        if (!lock.owns_lock()) lock.lock();
        failure = std::current_exception();
        changed.notify_all();
        return;
      }
      changed.notify_all();
      EndsAtExit::renew();
    }
  }

  void work_on(pipeline::StreamQueue::Item item, std::unique_lock<std::mutex>& lock) {
    working = true;
    if (const auto* const frame = std::get_if<pipeline::StreamQueue::Frame>(&item))
      in_stream.push_back({next_number++, frame->ticket});
    changed.notify_all();  // there is room in the queue
    lock.unlock();
    Frames done = std::visit([this](const auto& what) { return act(what); }, item);
    lock.lock();
    working = false;
    finish(std::move(done));
    delay = queue.empty() ? stream.delay() : std::max(delay, stream.delay());
  }

  Frames act(const pipeline::StreamQueue::Frame& frame) { return stream.push(frame.pixels.view()); }
  Frames act(const pipeline::StreamDrain&) { return stream.drain(); }
  Frames act(const pipeline::StreamChange& change) {
    stream.apply(change.update, change.prompt);
    return {};
  }

  std::uint64_t ticket_of(std::uint64_t number) {
    const auto found = std::find_if(in_stream.begin(), in_stream.end(),
                                    [&](const Taken& taken) { return taken.number == number; });
    if (found == in_stream.end())
      fail(Code::internal, "the stream gave frame {} back, which is not in it", number);
    const std::uint64_t ticket = found->ticket;
    in_stream.erase(found);
    return ticket;
  }

  void finish(Frames done) {
    if (!done.empty()) reported = false;
    for (StreamFrame& frame : done) {
      frame.ticket = ticket_of(frame.ticket);
      ++counters.finished;
      if (frame.skipped) ++counters.skipped;
      output.push_back(std::move(frame));
      if (output.size() <= static_cast<std::size_t>(queues.output)) continue;
      output.pop_front();
      ++counters.expired;
    }
  }

  void rethrow() const {
    if (failure) std::rethrow_exception(failure);
  }

  /// The error that ended the stream is thrown when no finished frame is left.
  std::optional<StreamFrame> take_oldest() {
    if (output.empty()) {
      rethrow();
      return std::nullopt;
    }
    std::optional<StreamFrame> frame = std::move(output.front());
    output.pop_front();
    ++counters.taken;
    return frame;
  }

  bool needs_frames() const { return output.empty() && queue.empty() && !working && !failure; }

  const std::shared_ptr<const Context::State> context;
  const StreamQueues queues;
  FrameStream stream;  ///< used by the worker, except for values that do not change

  mutable std::mutex mutex;
  std::condition_variable changed;
  // Guarded by the mutex.
  StreamOptions options;  ///< after everything in the queue
  pipeline::StreamQueue queue;
  std::deque<Taken> in_stream;
  std::deque<StreamFrame> output;
  StreamCounters counters;
  std::uint64_t next_ticket = 0, next_number = 0;
  int delay;
  bool working = false;
  /// wait() has reported that the stream needs frames, since it last changed
  bool reported = true;
  std::exception_ptr failure;
  bool stopping = false;

  std::mutex updating;  ///< serialises updates, however long encoding their text takes
  const int width, height;
  std::thread worker;
  std::optional<EndsAtExit> at_exit{};
};

StreamSession::StreamSession(const Pipeline& pipeline, const StreamOptions& options,
                             const StreamQueues& queues,
                             const std::vector<AcceleratorChoice>& accelerators)
    : state_(std::make_unique<State>(pipeline, options, queues, accelerators)) {}
StreamSession::~StreamSession() = default;

std::optional<std::uint64_t> StreamSession::push(const PixelView& frame, const Events& events) {
  State& s = *state_;
  pipeline::check_size(frame, {s.width, s.height});
  pipeline::OwnedPixels pixels = pipeline::take_over(*s.context, frame, events);
  std::unique_lock lock(s.mutex);
  const auto full = [&] { return s.queue.frames() >= static_cast<std::size_t>(s.queues.input); };
  if (s.queues.policy == QueuePolicy::block)
    s.changed.wait(lock, [&] { return !full() || s.failure || s.stopping; });
  s.rethrow();
  if (full() && s.queues.policy != QueuePolicy::drop_oldest) {
    ++s.counters.rejected;
    return std::nullopt;
  }
  if (full()) {
    s.queue.drop_oldest();
    ++s.counters.dropped;
  }
  const std::uint64_t ticket = s.next_ticket++;
  s.queue.push({ticket, std::move(pixels)});
  ++s.counters.accepted;
  s.reported = false;
  lock.unlock();
  s.changed.notify_all();
  return ticket;
}

std::optional<StreamFrame> StreamSession::poll() {
  State& s = *state_;
  const std::lock_guard lock(s.mutex);
  while (s.output.size() > 1) {
    s.output.pop_front();
    ++s.counters.expired;
  }
  return s.take_oldest();
}

std::optional<StreamFrame> StreamSession::poll_next() {
  State& s = *state_;
  const std::lock_guard lock(s.mutex);
  return s.take_oldest();
}

std::optional<StreamFrame> StreamSession::wait(std::chrono::milliseconds timeout) {
  State& s = *state_;
  std::unique_lock lock(s.mutex);
  s.changed.wait_for(lock, std::min(timeout, kLongest), [&] {
    return !s.output.empty() || s.failure || s.stopping || (s.needs_frames() && !s.reported);
  });
  s.reported = s.needs_frames();
  return s.take_oldest();
}

void StreamSession::drain() {
  State& s = *state_;
  {
    const std::lock_guard lock(s.mutex);
    s.rethrow();
    s.queue.add(pipeline::StreamDrain{});
    s.reported = false;
  }
  s.changed.notify_all();
}

void StreamSession::update(const StreamUpdate& update) {
  State& s = *state_;
  const std::lock_guard one(s.updating);
  StreamOptions options;
  {
    const std::lock_guard lock(s.mutex);
    s.rethrow();
    options = s.options;
  }
  auto prompt = s.stream.prepare(update, options);
  {
    const std::lock_guard lock(s.mutex);
    s.options = update.changed(options);
    s.queue.add(pipeline::StreamChange{update, std::move(prompt)});
    s.delay = std::max(s.delay, pipeline::stream_delay(s.options));
  }
  s.changed.notify_all();
}

StreamCounters StreamSession::counters() const {
  const std::lock_guard lock(state_->mutex);
  StreamCounters counters = state_->counters;
  counters.waiting = state_->queue.frames() + state_->in_stream.size();
  counters.ready = state_->output.size();
  return counters;
}

bool StreamSession::needs_frames() const {
  const std::lock_guard lock(state_->mutex);
  return state_->needs_frames();
}

int StreamSession::delay() const {
  const std::lock_guard lock(state_->mutex);
  return state_->delay;
}

int StreamSession::width() const noexcept { return state_->width; }
int StreamSession::height() const noexcept { return state_->height; }

}  // namespace latentrt
