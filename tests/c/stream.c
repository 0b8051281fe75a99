/* Streams frames through the C interface, and makes every error once.
 * Usage: stream MODEL_DIRECTORY */
#include <latentrt/latentrt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures = 0;

#define CHECK(condition)                                              \
  do {                                                                \
    if (!(condition)) {                                               \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
      fprintf(stderr, "  last error: %s\n", lrt_last_error());        \
      ++failures;                                                     \
    }                                                                 \
  } while (0)

enum { SIDE = 64, FRAMES = 4, PITCH = 4 * SIDE + 16 };

static void paint(uint8_t* rgba, int number) {
  size_t i;
  for (i = 0; i < (size_t)SIDE * PITCH; ++i) rgba[i] = (uint8_t)(i * 7 + (size_t)number * 31);
}

static void refuse_nonsense(const char* model) {
  lrt_stream_options options;
  lrt_stream* stream = (lrt_stream*)&options;
  memset(&options, 0, sizeof options);
  CHECK(lrt_stream_create(NULL, &stream) == LRT_INVALID_ARGUMENT);
  CHECK(stream == NULL);
  CHECK(lrt_stream_create(&options, &stream) == LRT_INVALID_ARGUMENT); /* no size */
  options.size = sizeof options;
  CHECK(lrt_stream_create(&options, &stream) == LRT_INVALID_ARGUMENT); /* no model */
  options.model = "/there/is/no/such/model";
  CHECK(lrt_stream_create(&options, &stream) == LRT_NOT_FOUND);
  CHECK(strstr(lrt_last_error(), "no/such/model") != NULL);
  options.model = model;
  options.accel = "stream:rcfg=perhaps";
  CHECK(lrt_stream_create(&options, &stream) == LRT_INVALID_ARGUMENT);
  CHECK(strstr(lrt_last_error(), "perhaps") != NULL);
  CHECK(lrt_stream_push(NULL, NULL, SIDE, SIDE, 0, NULL) == LRT_INVALID_ARGUMENT);
  lrt_stream_destroy(NULL);
}

/* The frames of lrt_stream_push() and lrt_stream_wait(), as lrt_frame; GPU features are refused. */
static void use_frames(lrt_stream_options options) {
  static uint8_t in[SIDE * PITCH], plain[SIDE * PITCH], kept[SIDE * PITCH];
  static float planes[3 * SIDE * SIDE];
  lrt_stream* stream = NULL;
  lrt_frame frame;
  int round;
  paint(in, 3);
  for (round = 0; round < 2; ++round) {
    options.keep_on_device = round;
    CHECK(lrt_stream_create(&options, &stream) == LRT_OK);
    if (stream == NULL) return;
    memset(&frame, 0, sizeof frame);
    CHECK(lrt_stream_push_from(stream, &frame, NULL) == LRT_INVALID_ARGUMENT); /* no size */
    frame.size = sizeof frame;
    CHECK(lrt_stream_push_from(stream, &frame, NULL) == LRT_INVALID_ARGUMENT); /* no data */
    frame.data = in;
    frame.pitch = PITCH;
    CHECK(lrt_stream_push_from(stream, &frame, NULL) == LRT_INVALID_ARGUMENT); /* 0 x 0 pixels */
    CHECK(strstr(lrt_last_error(), "0 x 0") != NULL);
    frame.width = frame.height = SIDE;
    frame.format = 9;
    CHECK(lrt_stream_push_from(stream, &frame, NULL) == LRT_INVALID_ARGUMENT);
    CHECK(strstr(lrt_last_error(), "frame.format 9") != NULL);
    frame.format = LRT_RGBA8;
    frame.on_device = 1;
    CHECK(lrt_stream_push_from(stream, &frame, NULL) == LRT_UNSUPPORTED);
    frame.on_device = 0;
    frame.wait_event = in;
    CHECK(lrt_stream_push_from(stream, &frame, NULL) == LRT_UNSUPPORTED);
    frame.wait_event = NULL;
    CHECK(lrt_stream_push_from(stream, &frame, NULL) == LRT_OK);
    frame.size = offsetof(lrt_frame, width); /* an older program's frame has the stream's size */
    frame.width = 0;
    CHECK(lrt_stream_push_from(stream, &frame, NULL) == LRT_OK);
    frame.size = sizeof frame;
    frame.width = SIDE;
    CHECK(lrt_stream_drain(stream) == LRT_OK);
    frame.data = round == 0 ? plain : kept;
    CHECK(lrt_stream_wait_to(stream, &frame, NULL, 60000) == LRT_OK);
    frame.data = planes;
    frame.pitch = 0;
    frame.format = LRT_PLANAR_F32;
    frame.height = SIDE + 8;
    CHECK(lrt_stream_wait_to(stream, &frame, NULL, 60000) == LRT_INVALID_ARGUMENT);
    frame.height = SIDE;
    CHECK(lrt_stream_wait_to(stream, &frame, NULL, 60000) == LRT_OK);
    CHECK(planes[SIDE * SIDE] >= 0 && planes[SIDE * SIDE] <= 1);
    CHECK(lrt_stream_poll_to(stream, &frame, NULL) == LRT_PENDING);
    lrt_stream_destroy(stream);
  }
  CHECK(memcmp(plain, kept, sizeof plain) == 0);
}

static void* no_memory(void* user, size_t bytes, int32_t device, void* cuda_stream) {
  (void)user, (void)bytes, (void)device, (void)cuda_stream;
  return NULL;
}

/* A stream and an allocator need a GPU; an older program's structure ends before these fields. */
static void refuse_guests(lrt_stream_options options) {
  lrt_stream* stream = NULL;
  options.cuda_stream = &options;
  CHECK(lrt_stream_create(&options, &stream) == LRT_INVALID_ARGUMENT);
  CHECK(strstr(lrt_last_error(), "device is cpu") != NULL);
  options.size = offsetof(lrt_stream_options, cuda_stream);
  CHECK(lrt_stream_create(&options, &stream) == LRT_OK);
  lrt_stream_destroy(stream);
  options.size = sizeof options;
  options.cuda_stream = NULL;
  options.allocate = no_memory;
  CHECK(lrt_stream_create(&options, &stream) == LRT_INVALID_ARGUMENT);
  CHECK(strstr(lrt_last_error(), "given together") != NULL);
}

/* Each call states the size: rows of another picture would be read, or written, beyond its end. */
static void refuse_other_sizes(lrt_stream* stream, uint8_t* rgba) {
  CHECK(lrt_stream_push(stream, rgba, 2 * SIDE, SIDE, 0, NULL) == LRT_INVALID_ARGUMENT);
  CHECK(strstr(lrt_last_error(), "128 x 64") != NULL &&
        strstr(lrt_last_error(), "64 x 64") != NULL);
  CHECK(lrt_stream_push(stream, rgba, SIDE, SIDE / 2, 0, NULL) == LRT_INVALID_ARGUMENT);
  CHECK(lrt_stream_push(stream, rgba, 0, -1, 0, NULL) == LRT_INVALID_ARGUMENT);
  CHECK(lrt_stream_poll(stream, rgba, SIDE / 2, SIDE, 0, NULL) == LRT_INVALID_ARGUMENT);
  CHECK(lrt_stream_wait(stream, rgba, SIDE, SIDE / 2, 0, NULL, 60000) == LRT_INVALID_ARGUMENT);
  CHECK(lrt_stream_push(stream, rgba, SIDE, SIDE, SIDE, NULL) == LRT_INVALID_ARGUMENT); /* pitch */
}

/* Three stages hold two frames back until more follow; this is reported without waiting. */
static void wait_for_held_frames(lrt_stream_options options) {
  static uint8_t in[SIDE * PITCH], out[SIDE * PITCH];
  lrt_stream* stream = NULL;
  int32_t delay = 0, i;
  uint64_t ticket = 99;
  CHECK(lrt_stream_create(&options, &stream) == LRT_OK);
  if (stream == NULL) return;
  CHECK(lrt_stream_delay(stream, NULL) == LRT_INVALID_ARGUMENT);
  CHECK(lrt_stream_delay(stream, &delay) == LRT_OK && delay == 2);
  CHECK(lrt_stream_wait(stream, out, SIDE, SIDE, PITCH, NULL, 1) == LRT_NEEDS_FRAMES);
  for (i = 0; i < delay; ++i) {
    CHECK(lrt_stream_push(stream, in, SIDE, SIDE, PITCH, NULL) == LRT_OK);
    CHECK(lrt_stream_wait(stream, out, SIDE, SIDE, PITCH, NULL, 0xffffffff) == LRT_NEEDS_FRAMES);
  }
  CHECK(lrt_stream_wait(stream, out, SIDE, SIDE, PITCH, NULL, 1) == LRT_NEEDS_FRAMES);
  CHECK(lrt_stream_push(stream, in, SIDE, SIDE, PITCH, NULL) == LRT_OK);
  CHECK(lrt_stream_wait(stream, out, SIDE, SIDE, PITCH, &ticket, 60000) == LRT_OK && ticket == 0);
  lrt_stream_destroy(stream);
}

/* An update that cannot be carried out is refused, and the stream continues. */
static void refuse_changes(lrt_stream_options options) {
  static uint8_t rgba[SIDE * PITCH];
  const double nonsense = -1, half = 0.5;
  lrt_stream* stream = NULL;
  lrt_stream_update update;
  memset(&update, 0, sizeof update);
  update.size = sizeof update;
  options.accel = "stream:t_index=0,rcfg=self"; /* no signal, which excludes delta 0.5 */
  options.guidance = 1.5;
  CHECK(lrt_stream_create(&options, &stream) == LRT_OK);
  if (stream == NULL) return;
  update.delta = &half;
  CHECK(lrt_stream_change(stream, &update) == LRT_INVALID_ARGUMENT);
  CHECK(strstr(lrt_last_error(), "delta 0.5") != NULL);
  update.delta = NULL;
  update.guidance = &nonsense;
  CHECK(lrt_stream_change(stream, &update) == LRT_INVALID_ARGUMENT);
  update.guidance = NULL;
  update.prompt = "\xff";
  CHECK(lrt_stream_change(stream, &update) == LRT_INVALID_ARGUMENT);
  CHECK(lrt_stream_push(stream, rgba, SIDE, SIDE, 0, NULL) == LRT_OK);
  CHECK(lrt_stream_wait(stream, rgba, SIDE, SIDE, 0, NULL, 60000) == LRT_OK);
  lrt_stream_destroy(stream);
}

static void check_books(const lrt_stream* stream) {
  lrt_stream_counters counters;
  memset(&counters, 0, sizeof counters);
  counters.size = sizeof counters;
  CHECK(lrt_stream_count(stream, &counters) == LRT_OK);
  CHECK(counters.accepted == counters.dropped + counters.finished + counters.waiting);
  CHECK(counters.finished == counters.taken + counters.expired + counters.ready);
}

int main(int argc, char** argv) {
  static uint8_t in[SIDE * PITCH], out[SIDE * PITCH];
  lrt_stream_options options;
  lrt_stream_update update;
  lrt_stream* stream = NULL;
  int32_t width = 0, height = 0;
  uint64_t ticket = 99;
  uint64_t expected = 0;
  int i;
  if (argc != 2) return 2;
  refuse_nonsense(argv[1]);

  memset(&options, 0, sizeof options);
  options.size = sizeof options;
  options.model = argv[1];
  options.prompt = "a red circle";
  options.accel = "stream:t_index=22/32/45,rcfg=self deepcache:interval=2";
  options.seed = 7;
  options.width = options.height = SIDE;
  options.input_queue = options.output_queue = FRAMES;
  refuse_guests(options);
  use_frames(options);
  wait_for_held_frames(options);
  refuse_changes(options);
  CHECK(lrt_stream_create(&options, &stream) == LRT_OK);
  if (stream == NULL) return 1;
  CHECK(lrt_stream_size(stream, &width, &height) == LRT_OK && width == SIDE && height == SIDE);
  CHECK(lrt_stream_poll(stream, out, SIDE, SIDE, PITCH, &ticket) == LRT_PENDING && ticket == 99);
  refuse_other_sizes(stream, in);
  for (i = 0; i < FRAMES; ++i) {
    paint(in, i);
    CHECK(lrt_stream_push(stream, in, SIDE, SIDE, PITCH, &ticket) == LRT_OK &&
          ticket == (uint64_t)i);
  }
  memset(&update, 0, sizeof update);
  update.size = sizeof update;
  update.prompt = "a blue square";
  CHECK(lrt_stream_change(stream, &update) == LRT_OK);
  CHECK(lrt_stream_drain(stream) == LRT_OK);
  memset(out, 1, sizeof out);
  while (lrt_stream_wait(stream, out, SIDE, SIDE, PITCH, &ticket, 60000) == LRT_OK) {
    CHECK(ticket == expected++);
    CHECK(out[3] == 255 && out[4 * SIDE] == 1); /* alpha; bytes between the rows are unchanged */
    check_books(stream);
  }
  CHECK(expected == FRAMES);
  lrt_stream_destroy(stream);
  printf("latentrt %s: %d frames, %d failures\n", lrt_version(), (int)expected, failures);
  return failures == 0 ? 0 : 1;
}
