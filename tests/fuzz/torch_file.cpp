/// Whole files of torch.save in both formats: every tensor of an accepted file is read.
#include "fuzz/check.hpp"
#include "io/as_float.hpp"
#include "support/temp_dir.hpp"

using namespace latentrt;

namespace {

void read_all(const io::TensorFile& file, std::size_t file_bytes) {
  constexpr std::uint64_t kTimes = 4, kSmall = 1u << 20;
  std::uint64_t total = 0;
  for (const auto& [name, info] : file.tensors()) {
    total += info.bytes();
    fuzz::refusable([&, &tensor = name, &where = info] {
      io::read_as_float(file, tensor, where, [](std::span<const float>) {});
    });
  }
  fuzz::require(total <= kTimes * file_bytes + kSmall, "tensors are limited by the file");
  for (const auto& [name, words] : file.others())
    fuzz::require(!name.empty() && !words.empty(), "what is left out is described");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const testing::TempDir folder;
  const auto path = folder.write("model.ckpt", fuzz::text_of(data, size));
  fuzz::refusable([&] { read_all(io::TensorFile::open(path), size); });
  return 0;
}
