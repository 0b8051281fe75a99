/* Loads the library, streams a frame and unloads it, three times; the last time with a stream that
 * is not destroyed. Usage: reload LIBRARY MODEL_DIRECTORY */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <latentrt/latentrt.h>
#include <stdio.h>
#include <string.h>

#define CHECK(condition)                                              \
  do {                                                                \
    if (!(condition)) {                                               \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
      return 1;                                                       \
    }                                                                 \
  } while (0)

enum { SIDE = 64, BYTES = 4 * SIDE * SIDE, ROUNDS = 3 };

/* ISO C has no conversion from a data pointer to a function pointer. */
#define FIND(name)                                    \
  do {                                                \
    void* const found = dlsym(library, "lrt_" #name); \
    CHECK(found != NULL);                             \
    memcpy(&name, &found, sizeof found);              \
  } while (0)

static int stream_a_frame(void* library, const char* model, uint8_t* out, int forget) {
  static uint8_t in[BYTES];
  lrt_status (*stream_create)(const lrt_stream_options*, lrt_stream**);
  lrt_status (*stream_push)(lrt_stream*, const uint8_t*, int32_t, int32_t, size_t, uint64_t*);
  lrt_status (*stream_wait)(lrt_stream*, uint8_t*, int32_t, int32_t, size_t, uint64_t*, uint32_t);
  lrt_status (*stream_drain)(lrt_stream*);
  void (*stream_destroy)(lrt_stream*);
  const char* (*last_error)(void);
  lrt_stream_options options;
  lrt_stream* stream = NULL;
  FIND(stream_create);
  FIND(stream_push);
  FIND(stream_wait);
  FIND(stream_drain);
  FIND(stream_destroy);
  FIND(last_error);
  memset(&options, 0, sizeof options);
  CHECK(stream_create(&options, &stream) == LRT_INVALID_ARGUMENT);
  CHECK(strlen(last_error()) > 0);
  options.size = sizeof options;
  options.model = model;
  options.prompt = "a red circle";
  options.accel = "stream:t_index=22/32";
  options.width = options.height = SIDE;
  CHECK(stream_create(&options, &stream) == LRT_OK);
  memset(in, 99, sizeof in);
  CHECK(stream_push(stream, in, SIDE, SIDE, 0, NULL) == LRT_OK);
  CHECK(stream_drain(stream) == LRT_OK);
  CHECK(stream_wait(stream, out, SIDE, SIDE, 0, NULL, 60000) == LRT_OK);
  if (forget) {
    CHECK(stream_push(stream, in, SIDE, SIDE, 0, NULL) == LRT_OK);
    CHECK(stream_push(stream, in, SIDE, SIDE, 0, NULL) == LRT_OK);
  } else {
    stream_destroy(stream);
  }
  return 0;
}

int main(int argc, char** argv) {
  static uint8_t first[BYTES], now[BYTES];
  int round;
  if (argc != 3) return 2;
  for (round = 0; round < ROUNDS; ++round) {
    void* const library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) fprintf(stderr, "%s\n", dlerror());
    CHECK(library != NULL);
    CHECK(stream_a_frame(library, argv[2], round == 0 ? first : now, round == ROUNDS - 1) == 0);
    CHECK(round == 0 || memcmp(first, now, BYTES) == 0);
    CHECK(dlclose(library) == 0);
    CHECK(dlopen(argv[1], RTLD_NOW | RTLD_NOLOAD) == NULL); /* it was unloaded */
  }
  return 0;
}
