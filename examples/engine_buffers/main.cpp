/// How do I call the library on my engine's CUDA stream, with my buffers? Usage: engine_buffers
/// MODEL_DIRECTORY OUT.ppm
///
/// A frame of an engine: its own stream draws into its own buffer; the library reads it, and writes
/// its picture to another buffer of the engine, all on the GPU and in the order of two events.
/// Nothing is copied to the host until the engine needs a file. Without a GPU the example only says
/// so.

#include <cuda_runtime_api.h>

#include <cstdint>
#include <iostream>
#include <latentrt/output_files.hpp>
#include <latentrt/sampler.hpp>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

constexpr int kSide = 128;
constexpr std::size_t kPitch = 4 * kSide;

void check(cudaError_t status) {
  if (status != cudaSuccess) throw std::runtime_error(cudaGetErrorString(status));
}

/// The engine's own objects.
struct Engine {
  Engine() {
    check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
    check(cudaStreamCreateWithFlags(&library_stream, cudaStreamNonBlocking));
    check(cudaEventCreateWithFlags(&drawn, cudaEventDisableTiming));
    check(cudaEventCreateWithFlags(&shown, cudaEventDisableTiming));
    check(cudaMalloc(&frame, kPitch * kSide));
    check(cudaMalloc(&picture, kPitch * kSide));
  }
  ~Engine() {
    cudaFree(picture);
    cudaFree(frame);
    cudaEventDestroy(shown);
    cudaEventDestroy(drawn);
    cudaStreamDestroy(library_stream);
    cudaStreamDestroy(stream);
  }
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Represents a renderer: a grey frame, and an event after it.
  void draw() const {
    check(cudaMemsetAsync(frame, 160, kPitch * kSide, stream));
    check(cudaEventRecord(drawn, stream));
  }

  std::vector<char> read_back() const {
    check(cudaStreamWaitEvent(stream, shown, 0));
    std::vector<char> rgba(kPitch * kSide);
    check(cudaMemcpyAsync(rgba.data(), picture, rgba.size(), cudaMemcpyDeviceToHost, stream));
    check(cudaStreamSynchronize(stream));
    return rgba;
  }

  cudaStream_t stream = nullptr, library_stream = nullptr;
  cudaEvent_t drawn = nullptr, shown = nullptr;
  void *frame = nullptr, *picture = nullptr;
};

void write_ppm(const char* file, const std::vector<char>& rgba) {
  const std::string side = std::to_string(kSide), header = "P6\n" + side + ' ' + side + "\n255\n";
  std::vector<std::uint8_t> bytes(header.begin(), header.end());
  for (std::size_t pixel = 0; pixel < rgba.size(); pixel += 4)
    bytes.insert(bytes.end(), &rgba[pixel], &rgba[pixel] + 3);
  latentrt::write_file(file, bytes);
}

void run(const char* model, const char* file) {
  using namespace latentrt;
  const Engine engine;  // outlives everything that works on its stream
  const auto context = Context::create({.device = "cuda:0", .stream = engine.library_stream});
  const Sampler sampler(Pipeline::load(context, model),
                        {.steps = 20, .guidance = {3}, .strength = 0.9, .from_image = true});
  engine.draw();
  const Result result =
      sampler.run({.prompt = "a large red circle on a grey background",
                   .width = kSide,
                   .height = kSide,
                   .pixels = PixelView(engine.frame, kSide, kSide, PixelFormat::rgba8, kPitch,
                                       PixelMemory::device),
                   .keep_on_device = true,
                   .events = {.wait = engine.drawn}});
  result.pictures.front().write(
      {engine.picture, kSide, kSide, PixelFormat::rgba8, kPitch, PixelMemory::device},
      {.signal = engine.shown});
  write_ppm(file, engine.read_back());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: engine_buffers MODEL_DIRECTORY OUT.ppm\n";
    return 2;
  }
  int gpus = 0;
  if (cudaGetDeviceCount(&gpus) != cudaSuccess || gpus == 0) {
    std::cout << "this example shows buffers of a GPU, and there is none on this machine\n";
    return 0;
  }
  try {
    run(argv[1], argv[2]);
  } catch (const std::exception& error) {  // latentrt::Error derives from it
    std::cerr << error.what() << '\n';
    return 1;
  }
  return 0;
}
