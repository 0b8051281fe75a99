#include "kernels/pixels/pixels.h"

#include "device/cuda/cuda_check.h"
#include "kernels/pixels/pixels_math.h"

namespace latentrt::kernels {
namespace {

constexpr int kThreads = 256;

template <class Kind>
__global__ void unpack_kernel(const UnpackArgs args) {
  const int x = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (x < args.pixels.width) unpack_pixel<Kind>(args.pixels, args.planes, x, blockIdx.y);
}

template <class Kind>
__global__ void pack_kernel(const PackArgs args) {
  const int x = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (x < args.pixels.width) pack_pixel<Kind>(args.planes, args.pixels, x, blockIdx.y);
}

dim3 blocks_of(int width, int height) {
  return dim3(static_cast<unsigned>((width + kThreads - 1) / kThreads),
              static_cast<unsigned>(height));
}

}  // namespace

void unpack_pixels(const UnpackArgs& args, Stream stream) {
  with_pixel(args.pixels.format, [&](auto kind) {
    unpack_kernel<decltype(kind)>
        <<<blocks_of(args.pixels.width, args.pixels.height), kThreads, 0, stream>>>(args);
    cuda_check(cudaGetLastError(), "unpack_pixels");
  });
}

void pack_pixels(const PackArgs& args, Stream stream) {
  with_pixel(args.pixels.format, [&](auto kind) {
    pack_kernel<decltype(kind)>
        <<<blocks_of(args.pixels.width, args.pixels.height), kThreads, 0, stream>>>(args);
    cuda_check(cudaGetLastError(), "pack_pixels");
  });
}

}  // namespace latentrt::kernels
