/// A host that uses LibTorch itself, in one process with a library that it loads and unloads.
/// Usage: coexistence LIBRARY MODEL_DIRECTORY
#include <ATen/Parallel.h>
#include <ATen/ops/full.h>
#include <ATen/ops/matmul.h>
#include <c10/core/CPUAllocator.h>
#include <dlfcn.h>
#include <latentrt/latentrt.h>

#include <cstdint>
#include <cstdio>
#include <vector>

namespace {

constexpr int kSide = 64;

template <class Function>
Function* find(void* library, const char* name) {
  return reinterpret_cast<Function*>(dlsym(library, name));
}

/// False if a call failed.
bool stream_a_frame(void* library, const char* model) {
  lrt_stream_options options{};
  options.size = sizeof options;
  options.model = model;
  options.accel = "stream:t_index=32";
  options.width = options.height = kSide;
  lrt_stream* stream = nullptr;
  std::vector<std::uint8_t> pixels(4 * kSide * kSide, 99);
  const bool done = find<decltype(lrt_stream_create)>(library, "lrt_stream_create")(
                        &options, &stream) == LRT_OK &&
                    find<decltype(lrt_stream_push)>(library, "lrt_stream_push")(
                        stream, pixels.data(), kSide, kSide, 0, nullptr) == LRT_OK &&
                    find<decltype(lrt_stream_wait)>(library, "lrt_stream_wait")(
                        stream, pixels.data(), kSide, kSide, 0, nullptr, 60000) == LRT_OK;
  find<decltype(lrt_stream_destroy)>(library, "lrt_stream_destroy")(stream);
  return done;
}

/// The host's own computation: 256 in each element.
bool compute() {
  constexpr int kSize = 256;
  const at::Tensor product =
      at::matmul(at::full({kSize, kSize}, 1.0F), at::full({kSize, kSize}, 1.0F));
  return product.min().item<float>() == kSize && product.max().item<float>() == kSize;
}

int check(bool kept, const char* promise) {
  if (!kept) std::fprintf(stderr, "broken promise: %s\n", promise);
  return kept ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  at::Allocator* const allocator = c10::GetCPUAllocator();
  int broken = check(compute(), "the host computes before it loads the library");
  const at::Tensor before = at::full({1 << 20}, 3.0F);
  void* library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return check(false, dlerror());
  broken += check(stream_a_frame(library, argv[2]), "the library streams a frame");
  broken += check(c10::GetCPUAllocator() == allocator, "the allocator stays the host's");
  dlclose(library);
  broken += check(dlopen(argv[1], RTLD_NOW | RTLD_NOLOAD) == nullptr, "the library is unloaded");
  broken += check(compute() && before.min().item<float>() == 3, "the host computes afterwards");

  // If requested, the pool keeps the library in the process.
  library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return check(false, dlerror());
  const bool pooled = find<decltype(lrt_use_host_pool)>(library, "lrt_use_host_pool")() == 1;
  broken +=
      check((c10::GetCPUAllocator() != allocator) == pooled, "the pool is in use where it says so");
  broken += check(stream_a_frame(library, argv[2]), "the library streams a frame with its pool");
  dlclose(library);
  broken += check(!pooled || dlopen(argv[1], RTLD_NOW | RTLD_NOLOAD) != nullptr,
                  "the library stays with its pool");
  broken += check(compute(), "the host computes with the pool of a library that it closed");
  return broken;
}
