/// Whole safetensors files: the header is parsed, and every tensor of an accepted file is read.
#include "io/safetensors/safetensors.hpp"
#include "fuzz/check.hpp"
#include "io/as_float.hpp"
#include "support/temp_dir.hpp"

using namespace latentrt;

namespace {

void read_all(const io::TensorFile& file, std::size_t file_bytes) {
  std::uint64_t total = 0;
  for (const auto& [name, info] : file.tensors()) {
    total += info.bytes();
    fuzz::refusable([&, &tensor = name, &where = info] {
      io::read_as_float(file, tensor, where, [](std::span<const float>) {});
    });
  }
  fuzz::require(total < file_bytes, "tensors lie in the file");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const testing::TempDir folder;
  const auto path = folder.write("model.safetensors", fuzz::text_of(data, size));
  fuzz::refusable([&] { read_all(io::open_safetensors(path), size); });
  return 0;
}
