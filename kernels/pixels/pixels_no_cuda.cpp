#include <latentrt/error.hpp>

#include "kernels/pixels/pixels.h"

namespace latentrt::kernels {
namespace {

[[noreturn]] void refuse(const char* kernel) {
  throw Error(Code::unsupported,
              std::string(kernel) + " was asked to run on a GPU, but this build has no CUDA");
}

}  // namespace

void unpack_pixels(const UnpackArgs&, Stream) { refuse("unpack_pixels"); }
void pack_pixels(const PackArgs&, Stream) { refuse("pack_pixels"); }

}  // namespace latentrt::kernels
