/// LoRA files: names are parsed or refused, and every factor of an accepted file is read.
#include "io/lora/lora_file.hpp"

#include "fuzz/check.hpp"
#include "io/names/stored_name.hpp"
#include "support/temp_dir.hpp"

using namespace latentrt;

namespace {

void read_all(const io::LoraFile& file) {
  for (const auto& [name, module] : file.modules()) {
    fuzz::require(module.problem().empty(), "an accepted module is whole");
    const auto& alpha = module.settings.alpha;
    fuzz::require(!alpha || *alpha > 0, "an accepted alpha is above 0");
    io::compvis_unet_name(name, {{2, 2}, {true, false}});
    io::compvis_vae_name(name, 4);
    io::open_clip_name(name);
    for (const auto& [part, tensor] : module.parts)
      fuzz::refusable([&, factor = tensor] { file.read(*factor); });
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const testing::TempDir folder;
  const auto path = folder.write("lora.safetensors", fuzz::text_of(data, size));
  fuzz::refusable([&] { read_all(io::LoraFile::open(path)); });
  return 0;
}
