#include <latentrt/stream_session.hpp>

#include <ATen/Parallel.h>

#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "base/ends_at_exit.hpp"
#include "base/fail.hpp"
#include "pipeline/pipeline_state.hpp"
#include "pipeline/pixels.hpp"
#include "pipeline/run_request.hpp"

namespace latentrt {
namespace {

constexpr int kMaxQueue = 4096;

StreamQueues checked(const StreamQueues& queues) {
  for (const auto& [name, size] :
       {std::pair("input", queues.input), std::pair("output", queues.output)}) {
    if (size < 1 || size > kMaxQueue)
      fail(Code::invalid_argument, "a queue of {} {} frames is outside 1 to {}", size, name,
           kMaxQueue);
  }
  return queues;
}

struct Waiting {
  std::uint64_t ticket;
  pipeline::OwnedPixels pixels;
};

/// Something to do between two frames, in the order of pushes: frames with a lower ticket come first.
struct Order {
  std::uint64_t before_ticket;
  std::function<std::vector<StreamFrame>(FrameStream&)> act;
};

}  // namespace

struct StreamSession::State {
  State(const Pipeline& pipeline, const StreamOptions& the_options, const StreamQueues& the_queues,
        const std::vector<AcceleratorChoice>& accelerators)
      : context(pipeline.state()->context),
        queues(checked(the_queues)),
        stream(pipeline, the_options, accelerators),
        options(the_options),
        width(stream.width()),
        height(stream.height()) {
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

  bool order_is_due() const {
    return !orders.empty() &&
           (input.empty() || input.front().ticket >= orders.front().before_ticket);
  }

  void work() {
    // oneDNN asks OpenMP for the number of threads, which each calling thread has of its own.
    at::internal::lazy_init_num_threads();
    std::unique_lock lock(mutex);
    while (true) {
      changed.wait(lock, [&] { return stopping || !input.empty() || !orders.empty(); });
      if (stopping) return;
      try {
        order_is_due() ? follow_order(lock) : process_frame(lock);
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

  void follow_order(std::unique_lock<std::mutex>& lock) {
    const Order order = std::move(orders.front());
    orders.pop_front();
    lock.unlock();
    std::vector<StreamFrame> done = order.act(stream);
    lock.lock();
    finish(std::move(done));
  }

  void process_frame(std::unique_lock<std::mutex>& lock) {
    Waiting frame = std::move(input.front());
    input.pop_front();
    tickets.push_back(frame.ticket);
    changed.notify_all();
    lock.unlock();
    std::vector<StreamFrame> done = stream.push(frame.pixels.view());
    lock.lock();
    finish(std::move(done));
  }

  /// The stream numbers the frames that reached it; callers know those that they pushed.
  void finish(std::vector<StreamFrame> done) {
    for (StreamFrame& frame : done) {
      frame.ticket = tickets.front();
      tickets.pop_front();
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

  StreamFrame take_oldest() {
    StreamFrame frame = std::move(output.front());
    output.pop_front();
    ++counters.taken;
    return frame;
  }

  bool idle() const { return input.empty() && orders.empty() && tickets.empty(); }

  const std::shared_ptr<const Context::State> context;
  const StreamQueues queues;
  FrameStream stream;  ///< the worker's, apart from what does not change

  mutable std::mutex mutex;
  std::condition_variable changed;
  // Guarded by the mutex.
  StreamOptions options;
  std::deque<Waiting> input;
  std::deque<Order> orders;
  std::deque<std::uint64_t> tickets;  ///< of frames in the stream
  std::deque<StreamFrame> output;
  StreamCounters counters;
  std::uint64_t next_ticket = 0;
  std::exception_ptr failure;
  bool stopping = false;

  std::mutex updating;  ///< one update after the other, however long its text takes
  const int width, height;
  std::thread worker;
  std::optional<EndsAtExit> at_exit{std::in_place, [this] { end(); }};
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
  const auto full = [&] { return s.input.size() >= static_cast<std::size_t>(s.queues.input); };
  if (s.queues.policy == QueuePolicy::block)
    s.changed.wait(lock, [&] { return !full() || s.failure || s.stopping; });
  s.rethrow();
  if (full() && s.queues.policy != QueuePolicy::drop_oldest) {
    ++s.counters.rejected;
    return std::nullopt;
  }
  if (full()) {
    s.input.pop_front();
    ++s.counters.dropped;
  }
  const std::uint64_t ticket = s.next_ticket++;
  s.input.push_back({ticket, std::move(pixels)});
  ++s.counters.accepted;
  lock.unlock();
  s.changed.notify_all();
  return ticket;
}

std::optional<StreamFrame> StreamSession::poll() {
  State& s = *state_;
  const std::lock_guard lock(s.mutex);
  s.rethrow();
  if (s.output.empty()) return std::nullopt;
  s.counters.expired += s.output.size() - 1;
  s.output.erase(s.output.begin(), s.output.end() - 1);
  return s.take_oldest();
}

std::optional<StreamFrame> StreamSession::poll_next() {
  State& s = *state_;
  const std::lock_guard lock(s.mutex);
  s.rethrow();
  if (s.output.empty()) return std::nullopt;
  return s.take_oldest();
}

std::optional<StreamFrame> StreamSession::wait(std::chrono::milliseconds timeout) {
  State& s = *state_;
  std::unique_lock lock(s.mutex);
  s.changed.wait_for(lock, timeout,
                     [&] { return !s.output.empty() || s.failure || s.stopping || s.idle(); });
  s.rethrow();
  if (s.output.empty()) return std::nullopt;
  return s.take_oldest();
}

void StreamSession::drain() {
  State& s = *state_;
  {
    const std::lock_guard lock(s.mutex);
    s.rethrow();
    s.orders.push_back({s.next_ticket, [](FrameStream& stream) { return stream.drain(); }});
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
  auto words = s.stream.prepare(update, options);
  {
    const std::lock_guard lock(s.mutex);
    s.options = update.changed(options);
    s.orders.push_back({s.next_ticket, [=](FrameStream& stream) {
                          stream.apply(update, words);
                          return std::vector<StreamFrame>{};
                        }});
  }
  s.changed.notify_all();
}

StreamCounters StreamSession::counters() const {
  const std::lock_guard lock(state_->mutex);
  StreamCounters counters = state_->counters;
  counters.waiting = state_->input.size() + state_->tickets.size();
  counters.ready = state_->output.size();
  return counters;
}

int StreamSession::width() const noexcept { return state_->width; }
int StreamSession::height() const noexcept { return state_->height; }

}  // namespace latentrt
