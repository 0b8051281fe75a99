/* Answers through the C interface, and everything wrong once.
 * Usage: text MODEL_DIRECTORY PROMPT "[ids of the answer]" */
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

enum { LENGTH = 16, STEPS = 8, MOST = 256 };

static lrt_text_options usual_options(void) {
  lrt_text_options options;
  memset(&options, 0, sizeof options);
  options.size = sizeof options;
  options.gen_length = LENGTH;
  options.block_length = LENGTH / 2;
  options.steps = STEPS;
  options.temperature = 0.8;
  options.seed = 2;
  return options;
}

static lrt_text_model* load(const char* directory) {
  lrt_text_model* model = (lrt_text_model*)&failures;
  lrt_text_model_options options;
  lrt_cancel* cancel = NULL;
  const int64_t mask = 1 << 30;
  memset(&options, 0, sizeof options);
  CHECK(lrt_text_load(NULL, &model) == LRT_INVALID_ARGUMENT);
  CHECK(model == NULL);
  CHECK(lrt_text_load(&options, &model) == LRT_INVALID_ARGUMENT); /* no size */
  options.size = sizeof options;
  CHECK(lrt_text_load(&options, &model) == LRT_INVALID_ARGUMENT); /* no model */
  options.model = "/there/is/no/such/model";
  CHECK(lrt_text_load(&options, &model) == LRT_NOT_FOUND);
  options.model = directory;
  options.dtype = "fp5";
  CHECK(lrt_text_load(&options, &model) == LRT_INVALID_ARGUMENT);
  options.dtype = NULL;
  options.mask_id = &mask;
  CHECK(lrt_text_load(&options, &model) == LRT_INVALID_ARGUMENT);
  options.mask_id = NULL;
  CHECK(lrt_cancel_create(&cancel) == LRT_OK);
  options.cancel = cancel;
  lrt_cancel_request(cancel);
  CHECK(lrt_text_load(&options, &model) == LRT_CANCELLED);
  lrt_cancel_reset(cancel);
  CHECK(lrt_text_load(&options, &model) == LRT_OK);
  lrt_cancel_destroy(cancel);
  lrt_cancel_destroy(NULL);
  lrt_text_unload(NULL);
  return model;
}

static void describe(const lrt_text_model* model) {
  lrt_text_info info;
  memset(&info, 0, sizeof info);
  CHECK(lrt_text_describe(model, &info) == LRT_INVALID_ARGUMENT); /* no size */
  info.size = sizeof info;
  CHECK(lrt_text_describe(model, &info) == LRT_OK);
  CHECK(info.vocab_size == 464 && info.mask_id == 459 && info.end_id == 457);
  CHECK(info.has_tokenizer && info.parameters > 0 && info.bytes == 4 * info.parameters);
}

/* Returns the number of ids. */
static size_t encode(const lrt_text_model* model, const char* text, int64_t* ids) {
  size_t count = 0, again = 0;
  int64_t one = 7;
  CHECK(lrt_text_encode(model, NULL, 0, ids, MOST, &count) == LRT_INVALID_ARGUMENT);
  CHECK(lrt_text_encode(model, "\xff", 0, ids, MOST, &count) == LRT_INVALID_ARGUMENT);
  CHECK(lrt_text_encode(model, text, 0, NULL, 0, &count) == LRT_OK && count > 1);
  CHECK(lrt_text_encode(model, text, 0, &one, 1, &again) == LRT_INVALID_ARGUMENT);
  CHECK(one == 7 && again == count);
  CHECK(lrt_text_encode(model, text, 1, ids, MOST, &again) == LRT_OK && again > count);
  CHECK(lrt_text_encode(model, text, 0, ids, MOST, &count) == LRT_OK);
  return count;
}

static void decode(const lrt_text_model* model, const char* text, const int64_t* ids,
                   size_t count) {
  char made[MOST];
  size_t length = 0;
  CHECK(lrt_text_decode(model, ids, count, 0, NULL, 0, &length) == LRT_OK);
  CHECK(length == strlen(text));
  CHECK(lrt_text_decode(model, ids, count, 0, made, length, NULL) == LRT_INVALID_ARGUMENT);
  CHECK(lrt_text_decode(model, ids, count, 0, made, length + 1, NULL) == LRT_OK);
  CHECK(strcmp(made, text) == 0);
}

typedef struct seen {
  uint64_t steps;
  uint64_t stop_at; /* 0: never */
  int predicts;
  int64_t last[LENGTH];
} seen;

static int32_t watch(void* user, const lrt_text_step* step) {
  seen* all = (seen*)user;
  size_t i;
  CHECK(step->step == ++all->steps && step->steps == STEPS);
  CHECK(step->answers == 1 && step->gen_length == LENGTH);
  CHECK((step->predictions != NULL) == all->predicts &&
        (step->confidence != NULL) == all->predicts);
  for (i = 0; i < LENGTH; ++i) {
    CHECK(step->before[i] == step->mask_id || step->before[i] == step->ids[i]);
    if (all->predicts) CHECK(step->predictions[i] != step->mask_id);
  }
  memcpy(all->last, step->ids, sizeof all->last);
  return all->steps == all->stop_at;
}

static void observe(const lrt_text_model* model, const lrt_text_prompt* prompt,
                    const int64_t* wanted) {
  int64_t answer[LENGTH];
  lrt_text_options options = usual_options();
  seen all;
  int predicts;
  options.on_step = watch;
  options.user = &all;
  for (predicts = 0; predicts < 2; ++predicts) {
    memset(&all, 0, sizeof all);
    options.predictions = all.predicts = predicts;
    CHECK(lrt_text_run(model, &options, prompt, 1, answer, LENGTH, NULL) == LRT_OK);
    CHECK(all.steps == STEPS && memcmp(all.last, wanted, sizeof answer) == 0);
    CHECK(memcmp(answer, wanted, sizeof answer) == 0);
  }
  memset(&all, 0, sizeof all);
  memset(answer, 0, sizeof answer);
  options.predictions = 0;
  all.stop_at = 3;
  CHECK(lrt_text_run(model, &options, prompt, 1, answer, LENGTH, NULL) == LRT_CANCELLED);
  CHECK(all.steps == 3 && answer[0] == 0);
}

static void refuse(const lrt_text_model* model, const lrt_text_prompt* prompt) {
  int64_t answer[LENGTH];
  const int64_t outside = 464;
  uint64_t bytes = 0;
  lrt_text_prompt wrong;
  lrt_text_options options = usual_options();
  wrong.ids = &outside;
  wrong.count = 1;
  CHECK(lrt_text_run(NULL, &options, prompt, 1, answer, LENGTH, NULL) == LRT_INVALID_ARGUMENT);
  CHECK(lrt_text_run(model, &options, NULL, 1, answer, LENGTH, NULL) == LRT_INVALID_ARGUMENT);
  CHECK(lrt_text_run(model, &options, prompt, 0, answer, LENGTH, NULL) == LRT_INVALID_ARGUMENT);
  CHECK(lrt_text_run(model, &options, prompt, 1, answer, LENGTH - 1, NULL) == LRT_INVALID_ARGUMENT);
  CHECK(strstr(lrt_last_error(), "room for 15 ids") != NULL);
  CHECK(lrt_text_run(model, &options, &wrong, 1, answer, LENGTH, NULL) == LRT_INVALID_ARGUMENT);
  CHECK(strstr(lrt_last_error(), "id 464") != NULL);
  wrong.ids = NULL;
  CHECK(lrt_text_run(model, &options, &wrong, 1, answer, LENGTH, NULL) == LRT_INVALID_ARGUMENT);
  options.policy = "greedy";
  CHECK(lrt_text_run(model, &options, prompt, 1, answer, LENGTH, NULL) == LRT_INVALID_ARGUMENT);
  options.policy = NULL;
  options.ends = 9;
  CHECK(lrt_text_run(model, &options, prompt, 1, answer, LENGTH, NULL) == LRT_INVALID_ARGUMENT);
  options.ends = LRT_ENDS_PLAIN;
  CHECK(lrt_text_memory(model, &options, prompt, 1, &bytes) == LRT_OK && bytes > 0);
  options.max_memory_bytes = bytes - 1;
  CHECK(lrt_text_run(model, &options, prompt, 1, answer, LENGTH, NULL) == LRT_INVALID_ARGUMENT);
  CHECK(strstr(lrt_last_error(), "are allowed") != NULL);
  options.max_memory_bytes = bytes;
  CHECK(lrt_text_run(model, &options, prompt, 1, answer, LENGTH, NULL) == LRT_OK);
}

static void cancel_from_elsewhere(const lrt_text_model* model, const lrt_text_prompt* prompt) {
  int64_t answer[LENGTH];
  lrt_text_options options = usual_options();
  CHECK(lrt_cancel_create(&options.cancel) == LRT_OK);
  lrt_cancel_request(options.cancel);
  CHECK(lrt_text_run(model, &options, prompt, 1, answer, LENGTH, NULL) == LRT_CANCELLED);
  lrt_cancel_reset(options.cancel);
  CHECK(lrt_text_run(model, &options, prompt, 1, answer, LENGTH, NULL) == LRT_OK);
  lrt_cancel_destroy(options.cancel);
}

int main(int argc, char** argv) {
  int64_t wanted[LENGTH], ids[MOST], answers[2 * LENGTH];
  lrt_text_model* model = NULL;
  lrt_text_options options = usual_options();
  lrt_text_prompt prompts[2];
  lrt_text_result result;
  char* text = NULL;
  size_t i;
  if (argc != 4) return 2;
  text = argv[3];
  for (i = 0; i < LENGTH; ++i) wanted[i] = strtoll(text + 1, &text, 10);
  model = load(argv[1]);
  if (model == NULL) return 1;
  describe(model);
  prompts[0].count = encode(model, argv[2], ids);
  prompts[0].ids = ids;
  prompts[1] = prompts[0];
  decode(model, argv[2], ids, prompts[0].count);
  memset(&result, 0, sizeof result);
  result.size = sizeof result;
  CHECK(lrt_text_run(model, &options, prompts, 2, answers, 2 * LENGTH, &result) == LRT_OK);
  CHECK(result.forwards == STEPS && result.rows == 2 * STEPS && result.seconds > 0);
  CHECK(memcmp(answers, wanted, sizeof wanted) == 0);
  CHECK(memcmp(answers + LENGTH, wanted, sizeof wanted) != 0); /* of the next seed */
  observe(model, prompts, wanted);
  refuse(model, prompts);
  cancel_from_elsewhere(model, prompts);
  lrt_text_unload(model);
  printf("latentrt %s: %d failures\n", lrt_version(), failures);
  return failures == 0 ? 0 : 1;
}
