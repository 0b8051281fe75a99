/// The C interface of streams.
#include <latentrt/latentrt.h>

#include <cstddef>
#include <cstring>
#include <iterator>
#include <latentrt/context.hpp>
#include <latentrt/stream_session.hpp>
#include <latentrt/threads.hpp>
#include <sstream>
#include <string>
#include <utility>

#include "api/guarded.hpp"
#include "base/fail.hpp"
#include "device/order.hpp"
#include "pictures/pixels.hpp"

struct lrt_stream {
  std::shared_ptr<const latentrt::Context::State> context;
  latentrt::StreamSession session;
  bool keeps_on_device;
};

namespace latentrt {
namespace {

using api::completed;
using api::require;
using api::text_or;

/// Splits specs at spaces.
std::vector<std::string> specs_in(const char* text) {
  std::istringstream words(text_or(text, ""));
  return {std::istream_iterator<std::string>(words), {}};
}

StreamOptions stream_options(const lrt_stream_options& given) {
  StreamOptions options;
  options.prompt = text_or(given.prompt, "");
  if (given.negative != nullptr) options.negative = given.negative;
  if (given.guidance != 0) options.guidance = given.guidance;
  options.seed = given.seed;
  options.width = given.width;
  options.height = given.height;
  options.recording = text_or(given.recording, "");
  options.keep_on_device = given.keep_on_device != 0;
  return options;
}

/// Both functions, or neither, with the caller's `user` pointer.
DeviceAllocator allocator_of(const lrt_stream_options& given) {
  if ((given.allocate == nullptr) != (given.release == nullptr))
    fail(Code::invalid_argument, "options: allocate and release must be given together");
  if (given.allocate == nullptr) return {};
  return {[allocate = given.allocate, user = given.allocator_user](std::size_t bytes, int device,
                                                                   void* stream) {
            return allocate(user, bytes, device, stream);
          },
          [release = given.release, user = given.allocator_user](void* data, std::size_t bytes,
                                                                 int device, void* stream) {
            release(user, data, bytes, device, stream);
          }};
}

int threads_of(const lrt_stream_options& given) {
  return given.threads == 0 ? threads_beside_host() : given.threads;
}

PixelFormat pixel_format(std::int32_t format) {
  switch (format) {
    case LRT_RGBA8:
      return PixelFormat::rgba8;
    case LRT_BGRA8:
      return PixelFormat::bgra8;
    case LRT_PLANAR_F32:
      return PixelFormat::planar_f32;
    default:
      fail(Code::invalid_argument, "frame.format {} is not a value of lrt_format", format);
  }
}

/// A frame at the caller's address, checked before a frame is taken from the queue, which must not
/// be lost.
struct Place {
  PixelSpan span;
  Events events;
};

Place checked(const lrt_stream& stream, const Place& place) {
  const StreamSession& session = stream.session;
  if (place.span.width != session.width() || place.span.height != session.height()) {
    fail(Code::invalid_argument,
         "the frame has {} x {} pixels, but the stream {} x {} (see lrt_stream_size())",
         place.span.width, place.span.height, session.width(), session.height());
  }
  pipeline::check_memory(*stream.context, pipeline::view_of(place.span));
  device::check_events(*stream.context, place.events);
  return {pipeline::checked(place.span), place.events};
}

Place rgba_at(const lrt_stream* stream, std::uint8_t* rgba, std::int32_t width, std::int32_t height,
              std::size_t pitch) {
  require(stream, "stream");
  require(rgba, "rgba");
  return checked(*stream, {{rgba, width, height, PixelFormat::rgba8, pitch}, {}});
}

/// Structures of older versions end before their size; it must be the stream's.
bool has_size(const lrt_frame& frame) {
  return frame.size >= offsetof(lrt_frame, height) + sizeof frame.height;
}

Place place_of(const lrt_stream* stream, const lrt_frame* frame) {
  require(stream, "stream");
  const lrt_frame given = completed(frame, "frame");
  require(given.data, "frame.data");
  const auto memory = given.on_device != 0 ? PixelMemory::device : PixelMemory::host;
  const bool sized = has_size(given);
  const int width = sized ? given.width : stream->session.width(),
            height = sized ? given.height : stream->session.height();
  return checked(*stream,
                 {{given.data, width, height, pixel_format(given.format), given.pitch, memory},
                  {given.wait_event, given.signal_event}});
}

/// Frames on the host cannot be written to a device, nor in the order of its work.
Place place_to_write(const lrt_stream* stream, const lrt_frame* frame) {
  const Place place = place_of(stream, frame);
  const bool of_device = place.span.memory == PixelMemory::device || place.events.wait != nullptr ||
                         place.events.signal != nullptr;
  if (of_device && !stream->keeps_on_device)
    fail(Code::invalid_argument,
         "the stream's frames come out on the host: options.keep_on_device was 0");
  return place;
}

lrt_status push(lrt_stream& stream, const Place& from, std::uint64_t* ticket) {
  const auto taken = stream.session.push(pipeline::view_of(from.span), from.events);
  if (!taken) return LRT_PENDING;
  if (ticket != nullptr) *ticket = *taken;
  return LRT_OK;
}

lrt_status hand_out(const std::optional<StreamFrame>& frame, const Place& to,
                    std::uint64_t* ticket) {
  if (!frame) return LRT_PENDING;
  if (frame->picture.width() > 0) {
    frame->picture.write(to.span, to.events);
  } else {
    copy_pixels(frame->image, to.span);
  }
  if (ticket != nullptr) *ticket = frame->ticket;
  return LRT_OK;
}

lrt_status wait_for(lrt_stream& stream, const Place& to, std::uint64_t* ticket,
                    std::uint32_t milliseconds) {
  const auto frame = stream.session.wait(std::chrono::milliseconds(milliseconds));
  if (!frame && stream.session.needs_frames()) return LRT_NEEDS_FRAMES;
  return hand_out(frame, to, ticket);
}

}  // namespace
}  // namespace latentrt

using namespace latentrt;
using api::guarded;

lrt_status lrt_stream_create(const lrt_stream_options* options, lrt_stream** stream) {
  return guarded([&] {
    require(stream, "stream");
    *stream = nullptr;
    const lrt_stream_options given = completed(options, "options");
    require(given.model, "options.model");
    StreamOptions wanted = stream_options(given);
    const auto accelerators = wanted.apply_all(specs_in(given.accel));
    const Context context = Context::create({.device = text_or(given.device, "cpu"),
                                             .threads = threads_of(given),
                                             .stream = given.cuda_stream,
                                             .allocator = allocator_of(given)});
    const StreamQueues defaults;
    const StreamQueues queues{
        .input = given.input_queue == 0 ? defaults.input : given.input_queue,
        .policy = QueuePolicy::drop_oldest,
        .output = given.output_queue == 0 ? defaults.output : given.output_queue};
    *stream = new lrt_stream{context.state(),
                             {Pipeline::load(context, given.model), wanted, queues, accelerators},
                             wanted.keep_on_device};
    return LRT_OK;
  });
}

void lrt_stream_destroy(lrt_stream* stream) { delete stream; }

lrt_status lrt_stream_size(const lrt_stream* stream, std::int32_t* width, std::int32_t* height) {
  return guarded([&] {
    require(stream, "stream");
    require(width, "width");
    require(height, "height");
    *width = stream->session.width();
    *height = stream->session.height();
    return LRT_OK;
  });
}

lrt_status lrt_stream_delay(const lrt_stream* stream, std::int32_t* frames) {
  return guarded([&] {
    require(stream, "stream");
    require(frames, "frames");
    *frames = stream->session.delay();
    return LRT_OK;
  });
}

lrt_status lrt_stream_push(lrt_stream* stream, const std::uint8_t* rgba, std::int32_t width,
                           std::int32_t height, std::size_t pitch, std::uint64_t* ticket) {
  return guarded([&] {
    // Only read: both directions share one description of a frame.
    auto* const data = const_cast<std::uint8_t*>(rgba);
    const Place place = rgba_at(stream, data, width, height, pitch);
    return push(*stream, place, ticket);
  });
}

lrt_status lrt_stream_push_from(lrt_stream* stream, const lrt_frame* frame, std::uint64_t* ticket) {
  return guarded([&] { return push(*stream, place_of(stream, frame), ticket); });
}

lrt_status lrt_stream_poll(lrt_stream* stream, std::uint8_t* rgba, std::int32_t width,
                           std::int32_t height, std::size_t pitch, std::uint64_t* ticket) {
  return guarded([&] {
    const Place place = rgba_at(stream, rgba, width, height, pitch);
    return hand_out(stream->session.poll(), place, ticket);
  });
}

lrt_status lrt_stream_poll_to(lrt_stream* stream, const lrt_frame* frame, std::uint64_t* ticket) {
  return guarded([&] {
    const Place place = place_to_write(stream, frame);
    return hand_out(stream->session.poll(), place, ticket);
  });
}

lrt_status lrt_stream_wait(lrt_stream* stream, std::uint8_t* rgba, std::int32_t width,
                           std::int32_t height, std::size_t pitch, std::uint64_t* ticket,
                           std::uint32_t milliseconds) {
  return guarded([&] {
    const Place place = rgba_at(stream, rgba, width, height, pitch);
    return wait_for(*stream, place, ticket, milliseconds);
  });
}

lrt_status lrt_stream_wait_to(lrt_stream* stream, const lrt_frame* frame, std::uint64_t* ticket,
                              std::uint32_t milliseconds) {
  return guarded([&] {
    const Place place = place_to_write(stream, frame);
    return wait_for(*stream, place, ticket, milliseconds);
  });
}

lrt_status lrt_stream_drain(lrt_stream* stream) {
  return guarded([&] {
    require(stream, "stream");
    stream->session.drain();
    return LRT_OK;
  });
}

lrt_status lrt_stream_change(lrt_stream* stream, const lrt_stream_update* update) {
  return guarded([&] {
    require(stream, "stream");
    const lrt_stream_update given = completed(update, "update");
    StreamUpdate change;
    if (given.prompt != nullptr) change.prompt = given.prompt;
    if (given.negative != nullptr) change.negative = given.negative;
    if (given.guidance != nullptr) change.guidance = *given.guidance;
    if (given.delta != nullptr) change.delta = *given.delta;
    change.immediate = given.immediate != 0;
    stream->session.update(change);
    return LRT_OK;
  });
}

lrt_status lrt_stream_count(const lrt_stream* stream, lrt_stream_counters* counters) {
  return guarded([&] {
    require(stream, "stream");
    const std::size_t size = completed(counters, "counters").size;
    const StreamCounters c = stream->session.counters();
    const lrt_stream_counters full{size,      c.accepted, c.rejected, c.dropped, c.finished,
                                   c.skipped, c.waiting,  c.taken,    c.expired, c.ready};
    std::memcpy(counters, &full, size);
    return LRT_OK;
  });
}
