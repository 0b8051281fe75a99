/// Pickles in an archive that is otherwise valid.
#include "fuzz/check.hpp"
#include "io/as_float.hpp"
#include "support/temp_dir.hpp"
#include "support/torch_bytes.hpp"

using namespace latentrt;

namespace {

std::string archive_with(std::string_view pickle) {
  constexpr std::size_t kStorages = 4, kBytes = 48;
  std::vector<testing::ZipPart> parts{{"a/data.pkl", std::string(pickle)}};
  for (std::size_t i = 0; i < kStorages; ++i)
    parts.push_back({"a/data/" + std::to_string(i), std::string(kBytes, static_cast<char>(i))});
  return testing::zip_bytes(parts).whole();
}

void read_all(const io::TensorFile& file) {
  for (const auto& [name, info] : file.tensors()) {
    fuzz::require(!name.empty(), "an accepted tensor has a name");
    fuzz::refusable([&, &tensor = name, &where = info] {
      io::read_as_float(file, tensor, where, [](std::span<const float>) {});
    });
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const testing::TempDir folder;
  const auto path = folder.write("model.pt", archive_with(fuzz::text_of(data, size)));
  fuzz::refusable([&] { read_all(io::TensorFile::open(path)); });
  return 0;
}
