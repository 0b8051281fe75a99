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
  LRT_NEEDS_FRAMES = 9,
  LRT_CANCELLED = 10 /**< cancelled by lrt_cancel_request() or by a callback */
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

/** A cancellation flag, which stays set until it is reset. Any thread may use it, and a signal
 * handler may call lrt_cancel_request(). It must outlive the calls to which it is passed. */
typedef struct lrt_cancel lrt_cancel;

LRT_API lrt_status lrt_cancel_create(lrt_cancel** cancel);
LRT_API void lrt_cancel_destroy(lrt_cancel* cancel); /**< NULL is allowed */
LRT_API void lrt_cancel_request(lrt_cancel* cancel);
LRT_API void lrt_cancel_reset(lrt_cancel* cancel);

/** A masked diffusion language model in memory. Immutable: several threads may run it at once. */
typedef struct lrt_text_model lrt_text_model;

typedef struct lrt_text_model_options {
  size_t size;        /**< sizeof(lrt_text_model_options) */
  const char* model;  /**< directory in the layout of transformers, UTF-8; required */
  const char* device; /**< "cpu", "cuda", "cuda:1"; NULL is "cpu" */
  const char* dtype;  /**< "fp32", "bf16", ...; NULL is "fp32" */
  /** id of the mask token; NULL: the id in the model's files */
  const int64_t* mask_id;
  /** number of LibTorch's threads, for the whole process; 0 leaves it unchanged */
  int32_t threads;
  /** not 0: checks the files but reads no weights; lrt_text_memory() works, and runs are refused */
  int32_t structure_only;
  lrt_cancel* cancel; /**< ends the load with LRT_CANCELLED; may be NULL */
} lrt_text_model_options;

/** Loads a model. *model is NULL unless LRT_OK is returned. */
LRT_API lrt_status lrt_text_load(const lrt_text_model_options* options, lrt_text_model** model);
/** Frees the model. All calls that use it must have returned. NULL is allowed. */
LRT_API void lrt_text_unload(lrt_text_model* model);

typedef struct lrt_text_info {
  size_t size; /**< sizeof(lrt_text_info) */
  int64_t vocab_size, context_length;
  int64_t mask_id, end_id, turn_end_id; /**< -1 if the model has none */
  uint64_t parameters, bytes;           /**< bytes: size in memory */
  int32_t has_tokenizer;
} lrt_text_info;

LRT_API lrt_status lrt_text_describe(const lrt_text_model* model, lrt_text_info* info);

/** Writes the token ids of a text (UTF-8). Names of special tokens in the text become those tokens.
 * If `conversation` is not 0, the text is a user's message, to which the model's chat template is
 * applied. *count receives the number of ids, even if it exceeds `capacity`: then no ids are
 * written, and LRT_INVALID_ARGUMENT is returned, or LRT_OK if `ids` is NULL. */
LRT_API lrt_status lrt_text_encode(const lrt_text_model* model, const char* text,
                                   int32_t conversation, int64_t* ids, size_t capacity,
                                   size_t* count);

/** Writes the text of token ids, terminated by a NUL, which is included in `capacity` but not in
 * *length. A text that exceeds `capacity` is treated as in lrt_text_encode(). If `skip_special` is
 * not 0, special tokens are left out. */
LRT_API lrt_status lrt_text_decode(const lrt_text_model* model, const int64_t* ids, size_t count,
                                   int32_t skip_special, char* text, size_t capacity,
                                   size_t* length);

/** Progress of a run, after a step. All pointers are valid only during the callback. */
typedef struct lrt_text_step {
  size_t size;          /**< sizeof(lrt_text_step) of the library */
  uint64_t step, steps; /**< steps done, and the maximum number of steps */
  size_t answers;       /**< number of answers: one for each prompt */
  int64_t gen_length;   /**< ids of each answer */
  int64_t mask_id;
  const int64_t* ids;    /**< [answers,gen_length]: answers after the step, with masks */
  const int64_t* before; /**< [answers,gen_length]: answers before the step */
  /** [answers,gen_length]: the prediction of the step, which is `before` with every mask filled in;
   * NULL unless lrt_text_options.predictions is set */
  const int64_t* predictions;
  /** [answers,gen_length]: confidence of each prediction, 0 for tokens that were not masked; NULL
   * unless lrt_text_options.predictions is set */
  const double* confidence;
  double seconds; /**< time of this step */
} lrt_text_step;

/** Called after each step, on the thread of lrt_text_run(). Returns 0 to continue; any other value
 * makes lrt_text_run() return LRT_CANCELLED. */
typedef int32_t (*lrt_text_on_step)(void* user, const lrt_text_step* step);

typedef enum lrt_ends {
  LRT_ENDS_PLAIN = 0,
  LRT_ENDS_NOT_PREDICTED = 1,   /**< the end of an answer is never predicted */
  LRT_ENDS_COMMITTED_LAST = 2,  /**< end tokens have no confidence, so they are committed last */
  LRT_ENDS_AS_THE_REFERENCE = 3 /**< LRT_ENDS_COMMITTED_LAST as in LLaDA's published code */
} lrt_ends;

typedef struct lrt_text_options {
  size_t size;          /**< sizeof(lrt_text_options) */
  int64_t gen_length;   /**< tokens of an answer; 0 is 128 */
  int64_t block_length; /**< tokens in a block; blocks are filled in order; 0 is 32 */
  int64_t steps;        /**< steps for the whole answer; 0 is one for each token */
  /** policy with its options, for example "rcr:schedule=cosine"; NULL is "low_confidence" */
  const char* policy;
  double temperature;        /**< 0 selects the most likely token */
  double top_p;              /**< 0 is 1: all tokens */
  int32_t top_k;             /**< 0: all tokens */
  int32_t ends;              /**< an lrt_ends */
  const double* guidance;    /**< scale of u + guidance (c - u); NULL is 1: off */
  uint64_t seed;             /**< seed of the first prompt; prompt i uses seed + i */
  int32_t philox;            /**< not 0: Philox values by key instead of PyTorch's generator */
  int32_t early_stop;        /**< not 0: an answer is finished at its first end token */
  int32_t predictions;       /**< not 0: lrt_text_step has predictions and confidence */
  uint64_t max_memory_bytes; /**< refuses a run that is estimated to need more; 0 is no limit */
  lrt_text_on_step on_step;  /**< may be NULL */
  void* user;                /**< passed to on_step */
  lrt_cancel* cancel;        /**< ends the run with LRT_CANCELLED; may be NULL */
} lrt_text_options;

typedef struct lrt_text_prompt {
  const int64_t* ids;
  size_t count;
} lrt_text_prompt;

typedef struct lrt_text_result {
  size_t size;             /**< sizeof(lrt_text_result) */
  uint64_t forwards, rows; /**< calls of the network, and their rows in total */
  double seconds;
} lrt_text_result;

/** Samples an answer to each prompt and writes their ids to `answers` [prompts,gen_length]. The
 * prompts share the calls of the network. Returns LRT_INVALID_ARGUMENT if `answers` has room for
 * fewer ids (`capacity`). `result` may be NULL. Nothing is written unless LRT_OK is returned. */
LRT_API lrt_status lrt_text_run(const lrt_text_model* model, const lrt_text_options* options,
                                const lrt_text_prompt* prompts, size_t prompt_count,
                                int64_t* answers, size_t capacity, lrt_text_result* result);

/** Estimates the memory of such a run in bytes, without the process itself. */
LRT_API lrt_status lrt_text_memory(const lrt_text_model* model, const lrt_text_options* options,
                                   const lrt_text_prompt* prompts, size_t prompt_count,
                                   uint64_t* bytes);

#ifdef __cplusplus
}
#endif

#endif
