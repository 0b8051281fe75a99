/// Runs a fuzz target over files and folders of inputs, for compilers without libFuzzer.
#include <filesystem>

#include "fuzz/check.hpp"
#include "support/temp_dir.hpp"

namespace fs = std::filesystem;

namespace {

int replay(const fs::path& file) {
  const std::string content = latentrt::testing::content_of(file);
  std::printf("%s\n", file.c_str());
  std::fflush(stdout);
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(content.data()), content.size());
  return 1;
}

int replay_all(const fs::path& path) {
  if (!fs::is_directory(path)) return replay(path);
  int count = 0;
  for (const auto& entry : fs::recursive_directory_iterator(path)) {
    if (entry.is_regular_file()) count += replay(entry.path());
  }
  return count;
}

}  // namespace

int main(int argc, char** argv) {
  int count = 0;
  for (int i = 1; i < argc; ++i) count += replay_all(argv[i]);
  std::printf("%d inputs\n", count);
  return count > 0 ? 0 : 1;
}
