#ifndef LATENTRT_LATENTRT_H
#define LATENTRT_LATENTRT_H
/** The C interface, for programs that do not link a C++ ABI: game engines, other languages.
 *
 * Every function returns a status; lrt_last_error() returns the error sentence. Handles may be used
 * from any thread. Structures begin with their own size, so that programs built against an older
 * header keep working: set it, and leave fields that you do not need at 0, which means the default.
 */

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define LRT_API __attribute__((visibility("default")))
#else
#define LRT_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef enum lrt_status {
  LRT_OK = 0,
  LRT_PENDING = 1, /**< no frame is ready, or the frame was not taken: try again later */
  LRT_INVALID_ARGUMENT = 2,
  LRT_NOT_FOUND = 3,
  LRT_BAD_FILE = 4,
  LRT_UNSUPPORTED = 5,
  LRT_OUT_OF_MEMORY = 6,
  LRT_FAILED = 7,
  /** the GPU is lost to this process: destroy the streams and restart the process */
  LRT_DEVICE_LOST = 8,
  /** no frame can finish before more are pushed, or lrt_stream_drain() is called */
  LRT_NEEDS_FRAMES = 9
} lrt_status;

/** The error sentence of the last failed call on this thread (any status but LRT_OK, LRT_PENDING
 * and LRT_NEEDS_FRAMES); valid until the next failed call. */
LRT_API const char* lrt_last_error(void);

/** "0.1.0" */
LRT_API const char* lrt_version(void);

/** Replaces LibTorch's CPU allocator, which the whole process shares, by one that keeps the memory
 * of the library's activations for the next call. For processes that only run the library; off by
 * default. The library stays loaded from then on. Call it before other threads use LibTorch.
 * Returns 1 if the pool is in use, and 0 if the process has set an allocator of its own. */
LRT_API int32_t lrt_use_host_pool(void);

typedef struct lrt_stream lrt_stream;

/** Allocator of GPU memory, provided by the caller. It provides blocks, which the library divides
 * among its tensors. Both functions are called from any thread that uses the stream, one call at a
 * time; they must not call the library, and must stay callable until the stream is destroyed.
 * `cuda_stream` is the cudaStream_t on which the block is used first. lrt_allocate returns NULL if
 * there is no memory. The GPU no longer uses a block when it is released. */
typedef void* (*lrt_allocate)(void* user, size_t bytes, int32_t device, void* cuda_stream);
typedef void (*lrt_release)(void* user, void* data, size_t bytes, int32_t device,
                            void* cuda_stream);

typedef struct lrt_stream_options {
  size_t size;          /**< sizeof(lrt_stream_options) */
  const char* model;    /**< model directory or checkpoint file, UTF-8; required */
  const char* device;   /**< "cpu", "cuda", "cuda:1"; NULL is "cpu" */
  const char* prompt;   /**< UTF-8; NULL is empty */
  const char* negative; /**< NULL is absent */
  /** "stream:t_index=32/45,rcfg=none,..."; others follow after a space: "deepcache:interval=2" */
  const char* accel;
  double guidance; /**< scale; 0 takes the default */
  uint64_t seed;
  int32_t width, height; /**< pixels; 0 takes the model's own size */
  /** LibTorch's threads, of the whole process; 0: one fewer than the cores, or as already set */
  int32_t threads;
  int32_t input_queue;  /**< frames; 0 is a mailbox of one, in which the latest wins */
  int32_t output_queue; /**< frames; 0 is 4 */
  /** file that records the stream for `latentrt replay`, UTF-8; NULL records nothing */
  const char* recording;
  /** A cudaStream_t of the device, on which all work is enqueued, in order with the caller's own.
   * It must outlive this stream. NULL takes the default one. */
  void* cuda_stream;
  lrt_allocate allocate; /**< both functions, or NULL for the library's allocator */
  lrt_release release;
  void* allocator_user; /**< passed to both */
  /** not 0: finished frames are not copied to the host; lrt_stream_poll_to() takes them */
  int32_t keep_on_device;
} lrt_stream_options;

/** Loads the model and starts the stream's thread. *stream is NULL unless LRT_OK is returned. */
LRT_API lrt_status lrt_stream_create(const lrt_stream_options* options, lrt_stream** stream);

/** Ends the thread after the frame that it works on. NULL is allowed. A stream that is never
 * destroyed ends in the same way when the process exits or the library is unloaded. */
LRT_API void lrt_stream_destroy(lrt_stream* stream);

LRT_API lrt_status lrt_stream_size(const lrt_stream* stream, int32_t* width, int32_t* height);

/** The largest number of frames that must be pushed after a frame before it comes out: one less
 * than the stages of `accel` (t_index), or more with frame_buffer and while stages change. Push
 * that many more, or call lrt_stream_drain(), before you wait for a frame. */
LRT_API lrt_status lrt_stream_delay(const lrt_stream* stream, int32_t* frames);

/** Copies a frame of 4-byte pixels (red, green, blue, and alpha, which is ignored) whose rows are
 * `pitch` bytes apart; 0 means rows without gaps. LRT_INVALID_ARGUMENT unless width and height are
 * those of lrt_stream_size(). Never waits. `ticket` may be NULL. */
LRT_API lrt_status lrt_stream_push(lrt_stream* stream, const uint8_t* rgba, int32_t width,
                                   int32_t height, size_t pitch, uint64_t* ticket);

/** Copies the newest finished frame to `rgba` (alpha 255), a buffer for as many pixels, or returns
 * LRT_PENDING and writes nothing. `ticket` receives that of the input frame and may be NULL. Frames
 * come out in the order of their tickets. */
LRT_API lrt_status lrt_stream_poll(lrt_stream* stream, uint8_t* rgba, int32_t width, int32_t height,
                                   size_t pitch, uint64_t* ticket);

/** Copies the oldest finished frame; waits for one, but not longer than `milliseconds`, and then
 * returns LRT_PENDING. If none can finish before more frames are pushed or lrt_stream_drain() is
 * called, returns LRT_NEEDS_FRAMES at once: the first time after every push, drain and finished
 * frame. Later calls wait before they return it, so that a thread that only takes frames does not
 * spin while another one pushes. */
LRT_API lrt_status lrt_stream_wait(lrt_stream* stream, uint8_t* rgba, int32_t width, int32_t height,
                                   size_t pitch, uint64_t* ticket, uint32_t milliseconds);

typedef enum lrt_format {
  LRT_RGBA8 = 0, /**< 4 bytes per pixel; alpha is ignored on input and 255 on output */
  LRT_BGRA8 = 1, /**< the same with blue first */
  /** three planes of `height` rows, one after the other: red, green, blue; 0 to 1 */
  LRT_PLANAR_F32 = 2
} lrt_format;

/** A buffer for a frame, on the host or in memory of the stream's GPU. */
typedef struct lrt_frame {
  size_t size;       /**< sizeof(lrt_frame) */
  void* data;        /**< only read by lrt_stream_push_from() */
  int32_t format;    /**< an lrt_format */
  int32_t on_device; /**< not 0: memory of the GPU */
  size_t pitch;      /**< bytes between rows; 0 means rows without gaps */
  /** cudaEvent_t, or NULL: the GPU waits for the first before it reads or writes `data`, and
   * records the second afterwards. The host does not wait. LRT_UNSUPPORTED if the stream is on the
   * CPU. */
  void* wait_event;
  void* signal_event;
  /** Pixels: LRT_INVALID_ARGUMENT unless they are those of lrt_stream_size(). */
  int32_t width, height;
} lrt_frame;

/** lrt_stream_push(), poll() and wait() with such a frame. Data written to GPU memory is complete
 * when the signal event has happened. */
LRT_API lrt_status lrt_stream_push_from(lrt_stream* stream, const lrt_frame* frame,
                                        uint64_t* ticket);
LRT_API lrt_status lrt_stream_poll_to(lrt_stream* stream, const lrt_frame* frame, uint64_t* ticket);
LRT_API lrt_status lrt_stream_wait_to(lrt_stream* stream, const lrt_frame* frame, uint64_t* ticket,
                                      uint32_t milliseconds);

/** Finishes frames in flight even if no more are pushed. Repeated calls before the next frame have
 * no further effect. */
LRT_API lrt_status lrt_stream_drain(lrt_stream* stream);

typedef struct lrt_stream_update {
  size_t size;          /**< sizeof(lrt_stream_update) */
  const char* prompt;   /**< NULL: unchanged */
  const char* negative; /**< NULL: unchanged */
  const double* guidance;
  const double* delta;
  int32_t immediate; /**< not 0: a new prompt applies to all frames in flight too */
} lrt_stream_update;

/** Applies to frames that are pushed from now on; guidance and delta also to frames in flight.
 * Encodes text on the calling thread. A refused update (LRT_INVALID_ARGUMENT) changes nothing, and
 * the stream continues. */
LRT_API lrt_status lrt_stream_change(lrt_stream* stream, const lrt_stream_update* update);

typedef struct lrt_stream_counters {
  size_t size; /**< sizeof(lrt_stream_counters) */
  uint64_t accepted, rejected, dropped, finished, skipped, waiting, taken, expired, ready;
} lrt_stream_counters;

LRT_API lrt_status lrt_stream_count(const lrt_stream* stream, lrt_stream_counters* counters);

#ifdef __cplusplus
}
#endif

#endif
