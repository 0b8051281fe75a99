#ifndef LATENTRT_LATENTRT_H
#define LATENTRT_LATENTRT_H
/** The C interface, for programs that do not link a C++ ABI: game engines, other languages.
 *
 * Every function returns a status; lrt_last_error() says in words what went wrong. Handles may be used from any thread.
 * Structures begin with their own size, so that programs built against an older header keep working: set it, and leave
 * fields that you do not care about at 0, which means the default.
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
  LRT_PENDING = 1, /**< nothing is ready, or the frame was not taken: try again later */
  LRT_INVALID_ARGUMENT = 2,
  LRT_NOT_FOUND = 3,
  LRT_BAD_FILE = 4,
  LRT_UNSUPPORTED = 5,
  LRT_OUT_OF_MEMORY = 6,
  LRT_FAILED = 7,
  LRT_DEVICE_LOST =
      8, /**< the GPU is lost to this process: destroy the streams and restart the process */
  LRT_NEEDS_FRAMES =
      9 /**< no frame will come before more are pushed, or lrt_stream_drain() is called */
} lrt_status;

/** Of the last call on this thread that failed, which is every status but LRT_OK, LRT_PENDING and LRT_NEEDS_FRAMES; valid
 * until the next such call. */
LRT_API const char* lrt_last_error(void);

/** "0.1.0" */
LRT_API const char* lrt_version(void);

/** Sets LibTorch's CPU allocator, which belongs to the whole process, to one that keeps the library's activations for the
 * next call. For processes that are the library's own; off by default. The library stays loaded from then on. Call it before
 * other threads use LibTorch. Returns 1 where the pool is in use, and 0 where the process has an allocator of its own. */
LRT_API int32_t lrt_use_host_pool(void);

typedef struct lrt_stream lrt_stream;

/** Memory of a GPU as the caller hands it out, in blocks that the library divides among its tensors. Called from any thread
 * that uses the stream, one at a time; they must not call the library, and stay callable until the stream is destroyed.
 * `cuda_stream` is the cudaStream_t on which the block is used first. The GPU is done with a block that is released. */
typedef void* (*lrt_allocate)(void* user, size_t bytes, int32_t device,
                              void* cuda_stream); /**< NULL: there is none */
typedef void (*lrt_release)(void* user, void* data, size_t bytes, int32_t device,
                            void* cuda_stream);

typedef struct lrt_stream_options {
  size_t size;          /**< sizeof(lrt_stream_options) */
  const char* model;    /**< model directory or checkpoint file, UTF-8; required */
  const char* device;   /**< "cpu", "cuda", "cuda:1"; NULL is "cpu" */
  const char* prompt;   /**< UTF-8; NULL is empty */
  const char* negative; /**< NULL is absent */
  const char*
      accel; /**< "stream:t_index=32/45,rcfg=none,..."; others behind a space: "deepcache:interval=2" */
  double guidance; /**< scale; 0 takes the default */
  uint64_t seed;
  int32_t width, height; /**< pixels; 0 takes the model's own size */
  int32_t
      threads; /**< LibTorch's, of the whole process; 0 takes one fewer than the cores, or as many as were set */
  int32_t input_queue;  /**< frames; 0 is a mailbox of one, in which the latest wins */
  int32_t output_queue; /**< frames; 0 is 4 */
  const char*
      recording; /**< file that keeps the stream for `latentrt replay`, UTF-8; NULL keeps none */
  /** A cudaStream_t of the device, which outlives the stream: all work is put there, in order with the caller's own. NULL
   * takes the default one. */
  void* cuda_stream;
  lrt_allocate allocate; /**< both functions, or NULL for the library's own memory */
  lrt_release release;
  void* allocator_user; /**< given to both */
  int32_t
      keep_on_device; /**< not 0: finished frames are never copied to the host; lrt_stream_poll_to() takes them */
} lrt_stream_options;

/** Loads the model and starts the stream's thread. *stream is NULL unless LRT_OK comes back. */
LRT_API lrt_status lrt_stream_create(const lrt_stream_options* options, lrt_stream** stream);

/** Ends the thread after the frame that it works on. NULL is allowed. A stream that is never destroyed ends like this when the
 * process exits or the library is unloaded. */
LRT_API void lrt_stream_destroy(lrt_stream* stream);

LRT_API lrt_status lrt_stream_size(const lrt_stream* stream, int32_t* width, int32_t* height);

/** At most so many frames must follow a frame until it comes out: one less than the stages of `accel` (t_index), or more
 * with frame_buffer and while stages change. Push so many more, or call lrt_stream_drain(), before you wait for a frame. */
LRT_API lrt_status lrt_stream_delay(const lrt_stream* stream, int32_t* frames);

/** Copies a frame of pixels of 4 bytes (red, green, blue, alpha, which is ignored) whose rows are `pitch` bytes apart; 0
 * stands for rows without gaps. LRT_INVALID_ARGUMENT unless width and height are those of lrt_stream_size(). Never waits.
 * `ticket` may be NULL. */
LRT_API lrt_status lrt_stream_push(lrt_stream* stream, const uint8_t* rgba, int32_t width,
                                   int32_t height, size_t pitch, uint64_t* ticket);

/** Copies the newest finished frame to `rgba` (alpha 255), a place for as many pixels, or returns LRT_PENDING and writes
 * nothing. `ticket`, that of the frame it was made from, may be NULL. Frames come out in the order of their tickets. */
LRT_API lrt_status lrt_stream_poll(lrt_stream* stream, uint8_t* rgba, int32_t width, int32_t height,
                                   size_t pitch, uint64_t* ticket);

/** The oldest finished frame; waits until there is one, but no longer than that: then LRT_PENDING. Where none will come
 * before more frames are pushed or lrt_stream_drain() is called, LRT_NEEDS_FRAMES at once: the first time after every push,
 * drain and finished frame. Later calls wait before they return it, so that a thread that only takes frames does not spin
 * while another one pushes. */
LRT_API lrt_status lrt_stream_wait(lrt_stream* stream, uint8_t* rgba, int32_t width, int32_t height,
                                   size_t pitch, uint64_t* ticket, uint32_t milliseconds);

typedef enum lrt_format {
  LRT_RGBA8 = 0, /**< 4 bytes a pixel; alpha is ignored on the way in and 255 on the way out */
  LRT_BGRA8 = 1, /**< the same with blue first */
  LRT_PLANAR_F32 =
      2 /**< three planes of `height` rows, red, green, blue, one behind the other; 0 to 1 */
} lrt_format;

/** A place for a frame, on the host or in memory of the stream's GPU. */
typedef struct lrt_frame {
  size_t size;       /**< sizeof(lrt_frame) */
  void* data;        /**< only read by lrt_stream_push_from() */
  int32_t format;    /**< an lrt_format */
  int32_t on_device; /**< not 0: memory of the GPU */
  size_t pitch;      /**< bytes between rows; 0 stands for rows without gaps */
  /** cudaEvent_t, or NULL: the GPU waits for the first before it reads or writes `data`, and records the second behind
   * that. Nobody waits on the host. LRT_UNSUPPORTED where the stream is on the CPU. */
  void* wait_event;
  void* signal_event;
  /** Pixels: LRT_INVALID_ARGUMENT unless they are those of lrt_stream_size(). */
  int32_t width, height;
} lrt_frame;

/** lrt_stream_push(), poll() and wait() with such a frame. What they write to memory of the GPU is there when the signal
 * event has happened. */
LRT_API lrt_status lrt_stream_push_from(lrt_stream* stream, const lrt_frame* frame,
                                        uint64_t* ticket);
LRT_API lrt_status lrt_stream_poll_to(lrt_stream* stream, const lrt_frame* frame, uint64_t* ticket);
LRT_API lrt_status lrt_stream_wait_to(lrt_stream* stream, const lrt_frame* frame, uint64_t* ticket,
                                      uint32_t milliseconds);

/** Finishes frames in flight even if no more come. Before the next frame, once is as good as many times. */
LRT_API lrt_status lrt_stream_drain(lrt_stream* stream);

typedef struct lrt_stream_update {
  size_t size;          /**< sizeof(lrt_stream_update) */
  const char* prompt;   /**< NULL leaves it */
  const char* negative; /**< NULL leaves it */
  const double* guidance;
  const double* delta;
  int32_t immediate; /**< not 0: a new prompt holds for all frames in flight too */
} lrt_stream_update;

/** For frames that are pushed from now on; guidance and delta hold for frames in flight too. Encodes text on the calling
 * thread. What is refused (LRT_INVALID_ARGUMENT) changes nothing, and the stream goes on. */
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
