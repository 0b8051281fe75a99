/// tokenizer.json of language models, followed by a NUL and the text.
#include "text/byte_level_tokenizer.hpp"

#include "base/utf8.hpp"
#include "fuzz/check.hpp"
#include "support/temp_dir.hpp"

using namespace latentrt;

namespace {

void encode(const text::ByteLevelTokenizer& tokenizer, std::string_view text) {
  const std::vector<std::int64_t> ids = tokenizer.encode(text);
  for (const std::int64_t id : ids)
    fuzz::require(id >= 0 && id < tokenizer.size(), "ids are in the vocabulary");
  for (const bool skip_special : {false, true})
    fuzz::require(!first_invalid_utf8(tokenizer.decode(ids, skip_special)), "texts are UTF-8");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const testing::TempDir folder;
  const std::string_view all = fuzz::text_of(data, size);
  const std::string_view json = all.substr(0, all.find('\0'));
  folder.write("tokenizer.json", json);
  fuzz::refusable([&] {
    encode(text::ByteLevelTokenizer::load(folder.path()),
           all.substr(std::min(json.size() + 1, all.size())));
  });
  return 0;
}
