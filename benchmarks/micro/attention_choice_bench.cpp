/// Times our attention kernel and LibTorch's over the shapes of networks, on the CUDA device, and
/// writes the table by which the engine chooses (kernels/measured/README.md). Both run alternately,
/// and the better of two medians counts. usage: attention_choice_bench [file to write]

#include <ATen/ops/empty.h>
#include <ATen/ops/randn.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <string>
#include <vector>

#include "benchmarks/micro/measured_table.h"
#include "benchmarks/micro/timing.h"
#include "device/kernel_args.hpp"
#include "nn/ops/attention.hpp"
#include "nn/weights/scalar_type.hpp"

namespace latentrt::kernels {
namespace {

struct Shape {
  const char* name;
  std::int64_t batch, heads, head_size, queries, keys;
};

/// Two rows, as with guidance.
constexpr Shape kShapes[] = {
    {"sd15_64x64", 2, 8, 40, 4096, 4096},          {"sd15_32x32", 2, 8, 80, 1024, 1024},
    {"sd15_16x16", 2, 8, 160, 256, 256},           {"sd15_8x8", 2, 8, 160, 64, 64},
    {"sd15_64x64_text", 2, 8, 40, 4096, 77},       {"sd15_32x32_text", 2, 8, 80, 1024, 77},
    {"sd15_16x16_text", 2, 8, 160, 256, 77},       {"sd15_8x8_text", 2, 8, 160, 64, 77},
    {"sd21_96x96", 2, 5, 64, 9216, 9216},          {"sd21_48x48", 2, 10, 64, 2304, 2304},
    {"sd21_24x24", 2, 20, 64, 576, 576},           {"sd21_12x12", 2, 20, 64, 144, 144},
    {"sd21_96x96_text", 2, 5, 64, 9216, 77},       {"sd21_48x48_text", 2, 10, 64, 2304, 77},
    {"sd21_24x24_text", 2, 20, 64, 576, 77},       {"sd21_12x12_text", 2, 20, 64, 144, 77},
    {"sdxl_64x64", 2, 10, 64, 4096, 4096},         {"sdxl_32x32", 2, 20, 64, 1024, 1024},
    {"sdxl_64x64_text", 2, 10, 64, 4096, 77},      {"sdxl_32x32_text", 2, 20, 64, 1024, 77},
    {"sdxl_one_row_64x64", 1, 10, 64, 4096, 4096}, {"sdxl_one_row_32x32", 1, 20, 64, 1024, 1024},
};

/// In the layout of projections: queries, keys and values of pixels packed together, and so keys
/// and values of a text.
struct Sources {
  at::Tensor q, k, v;

  Sources(const Shape& shape, at::TensorOptions options) {
    const std::int64_t channels = shape.heads * shape.head_size;
    const bool self = shape.keys == shape.queries;
    const at::Tensor pixels = at::randn({shape.batch, shape.queries, 3 * channels}, options);
    const at::Tensor text = at::randn({shape.batch, shape.keys, 3 * channels}, options);
    q = self ? pixels.narrow(-1, 0, channels)
             : at::randn({shape.batch, shape.queries, channels}, options);
    k = (self ? pixels : text).narrow(-1, channels, channels);
    v = (self ? pixels : text).narrow(-1, 2 * channels, channels);
  }
};

void time_shape(const Shape& shape, DType dtype, MeasuredTable& table) {
  const Sources sources(shape,
                        at::TensorOptions(at::Device("cuda:0")).dtype(nn::scalar_type(dtype)));
  const nn::AttentionCall call{sources.q, sources.k, sources.v, static_cast<int>(shape.heads)};
  const at::Tensor dst = at::empty(call.q.sizes(), call.q.options());
  if (const std::string refusal = nn::kernel_refusal(call); !refusal.empty()) {
    fmt::print("{:<22} {:<5} not by our kernel: {}\n", shape.name, name_of(dtype), refusal);
    return;
  }
  const AttentionArgs args = nn::kernel_args(call, dst);
  double own_s = HUGE_VAL, library_s = HUGE_VAL;
  for (int turn = 0; turn < 2; ++turn) {
    own_s = std::min(own_s,
                     median_seconds([&] { attention(args, device::current_stream(dst.device())); },
                                    synchronize_device));
    library_s = std::min(library_s,
                         median_seconds([&] { nn::attend_by_library(call); }, synchronize_device));
  }
  fmt::print("{:<22} {:<5} {:>9.2f} us, LibTorch {:>9.2f}: {:.2f}\n", shape.name, name_of(dtype),
             own_s * 1e6, library_s * 1e6, own_s / library_s);
  table.add(dtype,
            {{"head_size", shape.head_size},
             {"queries", shape.queries},
             {"keys", shape.keys},
             {"heads", shape.batch * shape.heads}},
            own_s, library_s);
}

int run(const std::string& path) {
  if (!cuda_device_present()) {
    fmt::print("no CUDA device, or a build without CUDA\n");
    return 0;
  }
  const c10::InferenceMode no_gradients;
  MeasuredTable table("attention");
  for (const DType dtype : {DType::bf16, DType::fp16})
    for (const Shape& shape : kShapes) time_shape(shape, dtype, table);
  if (path.empty() || table.write(path)) return 0;
  fmt::print("{} could not be written\n", path);
  return 1;
}

}  // namespace
}  // namespace latentrt::kernels

int main(int argc, char** argv) { return latentrt::kernels::run(argc > 1 ? argv[1] : ""); }
