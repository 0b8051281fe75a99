/// Cost of a start with packed weights, and the share of hashing: pack_cache_bench FOLDER
/// [ARCHITECTURE]
///
/// Writes the UNet of an architecture ("sd15") with random weights, and its packed form, to FOLDER:
/// 7 GB, which are kept for the next run. Files are read once before, so the figures are for files
/// in the system's cache.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <latentrt/context.hpp>

#include "io/safetensors/safetensors_writer.hpp"
#include "loading/architectures.hpp"
#include "nn/passes/fuse.hpp"
#include "nn/weights/pack_cache.hpp"
#include "nn/weights/weight_identity.hpp"

using namespace latentrt;

namespace {

constexpr int kRounds = 5;

/// Milliseconds of the fastest of some calls.
template <class Call>
double fastest_ms(Call&& call) {
  double best = 1e300;
  for (int i = 0; i < kRounds; ++i) {
    const auto start = std::chrono::steady_clock::now();
    call();
    best = std::min(
        best, std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
                  .count());
  }
  return best;
}

void store(const nn::Program& program, const std::filesystem::path& file) {
  const nn::BoundWeights random = nn::random_weights(program, 1, {.channels_last = false});
  TensorMap tensors;
  for (std::size_t id = 0; id < random.size(); ++id) {
    const at::Tensor& weight = random[static_cast<nn::WeightId>(id)];
    const float* values = weight.const_data_ptr<float>();
    for (const nn::WeightSpec& part : program.weights()[id].parts) {
      const auto count = static_cast<std::ptrdiff_t>(nn::element_count(part.shape));
      tensors[part.name] = {part.shape, {values, values + count}};
      values += count;
    }
  }
  io::write_safetensors(file, tensors, {});
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: pack_cache_bench FOLDER [ARCHITECTURE]\n");
    return 2;
  }
  const std::filesystem::path folder = argv[1];
  const auto context = Context::create({.device = "cpu"});
  const std::string architecture = argc > 2 ? argv[2] : "sd15";
  const auto configs = pipeline::published_configs(pipeline::all_families(), architecture);
  const auto* const unet = pipeline::find_component(configs.components, pipeline::Use::denoiser);
  const nn::Program program = nn::fuse(unet->build().front());
  const auto file = folder / (architecture + ".safetensors");
  if (!std::filesystem::exists(file)) store(program, file);
  const auto stored = io::WeightMap::from_file(file, io::canonical_diffusers_key);
  const nn::WeightPlacement placement{.packed = true};
  {
    pipeline::PackCache cache(folder / "packed");
    cache.bind(program, stored, placement, "unet");
    cache.update();
  }
  const double identity_ms = fastest_ms([&] { pipeline::weight_identity(program, stored); });
  const double packed_ms = fastest_ms([&] {
    pipeline::PackCache cache(folder / "packed");
    cache.bind(program, stored, placement, "unet");
  });
  const double plain_ms = fastest_ms([&] { nn::bind_weights(program, stored, placement, "unet"); });
  fmt::print(
      "{}: {:.0f} ms without packed weights, {:.0f} ms with them, of which {:.0f} ms ({:.0f} %) "
      "know "
      "the weights by their content\n",
      architecture, plain_ms, packed_ms, identity_ms, 100 * identity_ms / packed_ms);
  return 0;
}
